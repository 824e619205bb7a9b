"""Outcomes of commands about the records of keys."""

from dataclasses import dataclass

from bot.domain.keys import Located
from bot.domain.people import Actor


@dataclass(frozen=True)
class OwnerShown:
    """Whose key it is, None if no one's; `may_change` where the person may choose another."""

    kind = "owner_shown"
    located: Located
    owner: Actor | None
    may_change: bool = False


@dataclass(frozen=True)
class OwnerAssigned:
    """The key has another owner; both are told."""

    kind = "owner_assigned"
    located: Located
    owner: Actor
    before: Actor | None = None
    told_security: bool = False


@dataclass(frozen=True)
class OwnerOvertaken:
    """Another person chose an owner after this was asked for; nothing changed."""

    kind = "owner_overtaken"
    located: Located
    owner: Actor | None


@dataclass(frozen=True)
class KeyNoted:
    """What the key is for is written down."""

    kind = "key_noted"
    located: Located
    note: str


@dataclass(frozen=True)
class RecordUnchanged:
    """The key has that owner already, or that note."""

    kind = "record_unchanged"
    located: Located
    owner: Actor | None = None
    note: str = ""


KeyRecordOutcome = OwnerShown | OwnerAssigned | OwnerOvertaken | KeyNoted | RecordUnchanged
