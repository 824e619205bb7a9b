"""Thin listeners for Slack and the web, one module for each surface, and what workers run."""
