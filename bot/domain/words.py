"""Old place of reading a text's words, until every import is rewritten."""

from bot.domain.commands.text import escape, has_control_characters, looks_secret, unescape

__all__ = ["escape", "has_control_characters", "looks_secret", "unescape"]
