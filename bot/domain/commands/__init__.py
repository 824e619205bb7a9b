"""The commands of /cld: what a person's text means, how each is typed, read and written.

The names below are imported from their own modules in new code.
"""
