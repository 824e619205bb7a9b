"""Commands that act on many targets at once: which ones a text is about."""

import re
from collections.abc import Sequence
from typing import Final

from bot.domain.commands.registry import BY_WORDS, MANY, Spec
from bot.domain.commands.text import DASHES, Word

_CHOOSES: Final = re.compile(
    rf"[{DASHES}]+(?:owner|stale|orphaned|expiring|resume)(?:=.*)?", re.DOTALL | re.IGNORECASE
)
"""An option that chooses targets."""


def spec_of(name: tuple[str, ...], rest: Sequence[Word]) -> Spec:
    """Return the spec of a command; where options choose the targets, that of many.

    A name in the first place means one target, so no reason behind it can widen the command.
    """
    many = MANY.get(name)
    chosen = [bool(_CHOOSES.fullmatch(word.text)) and not word.quoted for word in rest]
    if many is None or not any(chosen) or not _is_option(rest[0]):
        return BY_WORDS[name]
    return many


def _is_option(word: Word) -> bool:
    return not word.quoted and bool(re.match(f"[{DASHES}]", word.text))
