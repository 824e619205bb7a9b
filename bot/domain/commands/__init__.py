"""The commands of /cld: one module per noun, and how each is parsed, checked and written."""
