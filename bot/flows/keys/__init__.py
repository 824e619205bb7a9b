"""Access keys: resolve, plan, apply, read."""
