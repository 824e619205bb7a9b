"""Domain values turned into Block Kit and words. Pure."""
