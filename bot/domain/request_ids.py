"""Ids of requests as people read and type them: the first characters are enough where one fits."""

import re
from collections.abc import Collection
from typing import Final

SHOWN: Final = 6
"""Characters of an id on a card, or more where those are another open request's too."""
LEAST: Final = 4
"""Characters of a beginning that a person may type."""
ID: Final = r"[0-9a-f]{4,32}(?:r[0-9]?)?"
"""An id or its beginning, once `plain_id` has read it."""


def plain_id(text: str) -> str | None:
    """Read an id as it was typed or pasted: case, `#`, backticks and punctuation mean nothing."""
    return re.sub(r"^[^0-9A-Za-z]+|[^0-9A-Za-z]+$", "", text).lower() or None


def begins(id_: str, typed: str) -> bool:
    """Whether what was typed is an id, or as much of its beginning as a person may type."""
    return id_ == typed or (len(typed) >= LEAST and id_.startswith(typed))


def length_apart(id_: str, others: Collection[str]) -> int:
    """Count the characters by which an id is told from the others, `SHOWN` at least."""
    apart = range(SHOWN, len(id_))
    return next((n for n in apart if not any(it.startswith(id_[:n]) for it in others)), len(id_))
