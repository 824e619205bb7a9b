"""Slack's Web API and the messenger on top of it."""
