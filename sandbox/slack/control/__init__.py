"""`/sandbox/*`: being somebody in the workspace, looking at it, and breaking it."""
