"""Old place of writing commands, until every import is rewritten."""

from bot.domain.commands.grammar import render
from bot.domain.commands.text import quote

__all__ = ["quote", "render"]
