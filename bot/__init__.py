"""Keysmith: a Slack bot that runs an organisation's Cloudinary credentials."""

from typing import Final

VERSION: Final = "0.2.0"
"""The same as in `pyproject.toml`, which the image does not have."""
