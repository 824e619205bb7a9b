"""What comes of a command: one union for each noun, each member with a stable kind."""
