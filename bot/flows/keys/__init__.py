"""Access keys: found, planned, changed, created and read."""
