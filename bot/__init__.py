"""Keysmith: a Slack bot that runs an organisation's Cloudinary credentials."""
