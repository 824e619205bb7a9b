"""Text in which nothing invisible can make a card lie.

A line break could start a line that looks like Keysmith's own, a bidirectional control could turn a
name around, an invisible character could make two names look alike. Each is written out instead.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from bot.domain.names import is_hidden

_BREAK: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_ODD: Final = re.compile(r"[^ -~]")
_JOINING: Final = re.compile(r"(?<=[^\x00-\x7f])(?:[\u200c\u200d](?=[^\x00-\x7f])|[\ufe0e\ufe0f])")
"""Joiners in their proper place: between letters that they shape, and within emoji."""


def shown(text: str) -> str:
    """Write a text on one line, with invisible characters as code points."""
    if text.isascii() and text.isprintable():
        return text
    line = _BREAK.sub(" \u21b5 ", text)
    joining = {found.start() for found in _JOINING.finditer(line)}
    return _ODD.sub(lambda it: it[0] if it.start() in joining else _shown(it[0]), line)


@lru_cache(4_096)  # a text in Japanese or Hebrew has few letters, and a card has many texts
def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs" or char == "\t":
        return " "
    return f"\u27e8U+{ord(char):04X}\u27e9" if is_hidden(char) else char
