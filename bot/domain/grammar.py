"""Old place of the grammar, until every import is rewritten."""

from bot.domain.commands.grammar import (
    MAX_TEXT,
    Incomplete,
    Misunderstood,
    Planned,
    Reading,
    nearest,
    read,
    write,
)
from bot.domain.commands.requests import WHICH

__all__ = [
    "MAX_TEXT",
    "WHICH",
    "Incomplete",
    "Misunderstood",
    "Planned",
    "Reading",
    "nearest",
    "read",
    "write",
]
