"""Names of keys: what a new one may not be, so that no two keys are mistaken for each other."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.keys import BY_API_KEY, BY_NAME, Key, may_be_api_key

Looks = Callable[[str], frozenset[str]]
"""What a name looks like: two names that share one of these can be mistaken for each other."""
HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, formats (bidirectional ones and joiners), unassigned, private."""
BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs by category that have an empty shape."""
_VARIATIONS: Final = (
    ("\u180b", "\u180f"),
    ("\ufe00", "\ufe0f"),
    ("\U000e0100", "\U000e01ef"),
)


class NameReason(StrEnum):
    """Why a new name is refused."""

    ALIKE = "alike"
    API_KEY = "api_key"
    HIDDEN = "hidden"
    PREFIX = "prefix"


@dataclass(frozen=True)
class NameProblem:
    """Why a new name is refused, and the key that it would be mistaken for, if it is one."""

    reason: NameReason
    key: Key | None = None


def is_variation(char: str) -> bool:
    """Whether a character only selects a variant of the one before it."""
    return any(first <= char <= last for first, last in _VARIATIONS)


def is_hidden(char: str) -> bool:
    """Whether a character has no shape of its own, or none that is known."""
    if " " <= char <= "~":
        return False
    return unicodedata.category(char) in HIDDEN or char in BLANK or is_variation(char)


def mixes_scripts(name: str) -> bool:
    """Whether letters of several scripts stand together, as in a name made to look like another."""
    letters = (unicodedata.name(each, "") for each in name if each.isalpha())
    return len({each.partition(" ")[0] for each in letters}) > 1


def name_problem(name: str, others: Iterable[Key], looks: Looks) -> NameProblem | None:
    """Return why a key can't get this name beside the `others` of its environment, if so.

    The same name exactly is no matter of looks: the caller answers that it is taken.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    if any(map(is_hidden, name)):
        return NameProblem(NameReason.HIDDEN)
    if plain.startswith((BY_API_KEY, BY_NAME)):
        return NameProblem(NameReason.PREFIX)
    if may_be_api_key(plain):
        return NameProblem(NameReason.API_KEY)
    mine = looks(name)
    for key in others:
        if mine & looks(key.api_key):
            return NameProblem(NameReason.API_KEY, key)
        if key.name and key.name != name and mine & looks(key.name):
            return NameProblem(NameReason.ALIKE, key)
    return None
