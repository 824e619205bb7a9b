"""Offboarding: everything that a person has ends by one approved request."""
