"""Thin listeners: Slack's deliveries and the web pages, one module for each surface."""
