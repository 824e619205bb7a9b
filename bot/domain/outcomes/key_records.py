"""Outcomes of commands about the records of keys."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.keys import Located
from bot.domain.people import Actor


@dataclass(frozen=True)
class OwnerShown:
    """Whose key it is, None if no one's; `may_change` where the person may choose another."""

    kind = "owner_shown"
    located: Located
    owner: Actor | None
    may_change: bool = False
    also: tuple[Actor, ...] = ()


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
class CoOwnerChanged:
    """The key has another co-owner, or one less; they are told."""

    kind = "co_owner_changed"
    located: Located
    person: Actor
    added: bool
    told_security: bool = False


class CoOwnerStop(StrEnum):
    """Why a person becomes no co-owner, or stays the owner."""

    NO_OWNER = "no_owner"
    TOO_MANY = "too_many"
    OWNER = "owner"


@dataclass(frozen=True)
class CoOwnerRefused:
    """The co-owners of the key stay as they are."""

    kind = "co_owner_refused"
    located: Located
    person: Actor
    reason: CoOwnerStop


@dataclass(frozen=True)
class KeyTagged:
    """The key has another tag, or one less."""

    kind = "key_tagged"
    located: Located
    tag: str
    added: bool


@dataclass(frozen=True)
class TooManyTags:
    """The key has as many tags as a key may have."""

    kind = "too_many_tags"
    located: Located


@dataclass(frozen=True)
class RecordUnchanged:
    """The key has that owner already, or that note.

    Likewise the co-owner `person` or the tag, if `there`; else it has none such to remove.
    """

    kind = "record_unchanged"
    located: Located
    owner: Actor | None = None
    note: str = ""
    person: Actor | None = None
    tag: str = ""
    there: bool = True


KeyRecordOutcome = (
    OwnerShown
    | OwnerAssigned
    | OwnerOvertaken
    | CoOwnerChanged
    | CoOwnerRefused
    | KeyNoted
    | KeyTagged
    | TooManyTags
    | RecordUnchanged
)
