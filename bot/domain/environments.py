"""A product environment and its tier."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bot.domain.people import Actor


class Tier(StrEnum):
    """How much a mistake costs in an environment; rules name tiers, not environments."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


TIER_WORDS: Final = {
    "prod": Tier.PRODUCTION,
    "production": Tier.PRODUCTION,
    "live": Tier.PRODUCTION,
    "stag": Tier.STAGING,
    "staging": Tier.STAGING,
    "stage": Tier.STAGING,
    "preview": Tier.STAGING,
    "qa": Tier.STAGING,
    "uat": Tier.STAGING,
    "dev": Tier.DEVELOPMENT,
    "development": Tier.DEVELOPMENT,
    "test": Tier.DEVELOPMENT,
    "testing": Tier.DEVELOPMENT,
    "sandbox": Tier.DEVELOPMENT,
}
"""The whole words of a name that mean a tier."""

_WORD: Final = re.compile(r"[^\W_]+")
_PART: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
"""A part of a word: `devEU` and `dev2` have the part `dev`, and are not that word."""


class TierReason(StrEnum):
    """Why an environment has its tier."""

    FIXED = "fixed"
    NAMED = "named"
    UNNAMED = "unnamed"
    UNCERTAIN = "uncertain"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class FixedTier:
    """A tier that `env tier` fixed: by which person (`name`), when, by which job."""

    tier: Tier
    by: Actor
    name: str
    at: datetime
    job: str
    version: int = 1
    """Counts the times that this environment's tier was fixed."""


@dataclass(frozen=True)
class UnreadableTier:
    """A tier may be fixed, and the record can't be read: the environment is production.

    `away` where that is no fault of the record: it can be read a moment later.
    """

    away: bool = False


@dataclass(frozen=True)
class Environment:
    """A `sub_account` of the Provisioning API; `fixed` is what is stored about its tier."""

    id: str
    name: str
    cloud_name: str
    enabled: bool = True
    fixed: FixedTier | UnreadableTier | None = None

    @property
    def tier(self) -> Tier:
        """The tier that is fixed, else the one of the name; production if that is uncertain."""
        return self.tier_and_reason[0]

    @property
    def tier_and_reason(self) -> tuple[Tier, TierReason]:
        """The tier, and why it is this one."""
        if isinstance(self.fixed, FixedTier):
            return self.fixed.tier, TierReason.FIXED
        if self.fixed:
            return Tier.PRODUCTION, TierReason.UNREADABLE
        return _tier_named(self.name)

    @property
    def says_tier(self) -> bool:
        """Whether its name is its tier, so that the two are shown once."""
        return self.name.casefold() == self.tier

    def answers_to(self, text: str) -> bool:
        """Whether a typed text means this environment: its name, cloud name or id."""
        names = {self.name.casefold(), self.cloud_name.casefold()}
        return text.casefold() in names or text == self.id


NOWHERE: Final = Environment("", "", "")
"""In place of an environment, for a change that concerns none; it counts as production."""


@lru_cache(4_096)  # asked for with each question about an environment
def _tier_named(name: str) -> tuple[Tier, TierReason]:
    """Find the one tier that the whole words of a name mean.

    Uncertain are words of two tiers, a tier's word inside a longer one after a change of case or
    beside a digit, and characters that can pass for others: letters outside ASCII (accents aside),
    and everything that is neither letter, digit, space nor punctuation.
    """
    text = unicodedata.normalize("NFKC", name)
    bare = "".join(each for each in unicodedata.normalize("NFKD", name) if not _accent(each))
    parts = {each.casefold() for each in (*_WORD.findall(bare), *_PART.findall(bare))}
    whole = {TIER_WORDS[each] for each in _words(text) if each in TIER_WORDS}
    hinted = {TIER_WORDS[each] for each in parts if each in TIER_WORDS}
    if not hinted:
        return Tier.PRODUCTION, TierReason.UNNAMED
    if whole != hinted or len(whole) > 1 or not all(map(_plain, bare)):
        return Tier.PRODUCTION, TierReason.UNCERTAIN
    return whole.pop(), TierReason.NAMED


def _words(text: str) -> list[str]:
    return [each.casefold() for each in _WORD.findall(text)]


def _accent(char: str) -> bool:
    return "\u0300" <= char <= "\u036f" and char != "\u034f"


def _plain(char: str) -> bool:
    kind = unicodedata.category(char)
    return char.isascii() or kind[0] in "NPS" or kind == "Zs"
