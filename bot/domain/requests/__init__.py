"""Requests: states, terms, votes, limits, deadlines and notifications."""
