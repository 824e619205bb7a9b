"""Recovers history after Redis went back to an earlier state."""
