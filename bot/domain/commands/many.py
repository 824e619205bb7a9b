"""Commands that act on many targets at once: which ones a text is about."""

import re
from collections.abc import Sequence
from typing import Final

from bot.domain.commands.registry import BY_WORDS, MANY, Spec
from bot.domain.commands.text import DASHES, Word

_CHOOSES: Final = re.compile(
    rf"[{DASHES}]+(owner|stale|orphaned|expiring|resume)(?:=.*)?", re.DOTALL | re.IGNORECASE
)
"""An option that chooses targets."""


def spec_of(name: tuple[str, ...], rest: Sequence[Word]) -> Spec:
    """Return the spec of a command; where options choose the targets, that of many.

    A name in the first place means one target, so no reason behind it can widen the command.
    """
    many = MANY.get(name)
    if many is None or not any(_chooses(many, word) for word in rest) or not _is_option(rest[0]):
        return BY_WORDS[name]
    return many


def _chooses(many: Spec, word: Word) -> bool:
    found = None if word.quoted else _CHOOSES.fullmatch(word.text)
    return found is not None and found[1].casefold() in many.fields


def _is_option(word: Word) -> bool:
    return not word.quoted and bool(re.match(f"[{DASHES}]", word.text))
