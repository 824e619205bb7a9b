"""Results of commands as values: one union per noun, each member with a stable kind."""
