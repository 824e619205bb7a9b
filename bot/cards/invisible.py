"""Text that can't make a card lie by what does not show.

A line break could begin a line that looks like ours, a control of writing direction turn a name
around, an invisible character make two names look alike. Each is written out instead.
"""

import re
import unicodedata
from typing import Final

_BREAK: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_JOINING: Final = re.compile(r"(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
"""Joiners where they belong: between letters that they shape, and within emoji."""
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Unicode's categories: controls, formats, private use, halves of characters."""
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs by category, and empty by shape."""


def shown(text: str) -> str:
    """Write the text on one line, with what does not show written out."""
    if text.isascii() and text.isprintable():
        return text
    line = _BREAK.sub(" \u21b5 ", text)
    joining = {found.start() for found in _JOINING.finditer(line)}
    return "".join(char if at in joining else _shown(char) for at, char in enumerate(line))


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs" or char == "\t":
        return " "
    hidden = category in _HIDDEN or char in _BLANK
    return f"\u27e8U+{ord(char):04X}\u27e9" if hidden else char
