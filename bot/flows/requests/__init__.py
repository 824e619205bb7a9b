"""Requests that others approve: opened, decided, executed, and ended in time."""
