"""What Keysmith keeps of a key for good, and Cloudinary does not: purpose, end, tags, history.

Whose key it is stands elsewhere, in the stored owners (`bot.domain.pending.OwnKey`). A key that
Keysmith never heard of has no record.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.keys import BROWNOUT, ROTATED, Change, Key, LastChange, Located
from bot.domain.people import Actor

MOST_LINES: Final = 20
"""Changes that a record keeps; the audit log keeps all."""
MOST_TAGS: Final = 10
"""Tags of one key."""
SEEN_RENAMED: Final = "seen renamed"
"""What a history says of a name that was given elsewhere (`bot.domain.drift`)."""


class Happened(StrEnum):
    """What happened to a key, beside the values of `Change`; the values are stored words."""

    CREATED = "created"
    COLLECTED = "collected"
    ENDED = "ended"
    RENEWED = "renewed"
    DELETED = "deleted"
    OWNER = "owner"
    NOTE = "note"
    CO_OWNER = "co_owner"
    NO_CO_OWNER = "no_co_owner"
    TAGGED = "tagged"
    UNTAGGED = "untagged"


@dataclass(frozen=True)
class Line:
    """One change in a key's history: a value of `Happened` or `Change`, or of a later version.

    `by` is None where Keysmith did it by itself. `detail` is what it became: a name, a date.
    `job` is the job that did it, if one did.
    """

    at: datetime
    what: str
    by: Actor | None = None
    detail: str = ""
    job: str = ""


@dataclass(frozen=True)
class KeyRecord:
    """A key as Keysmith knew it last; its history has the newest change first.

    `request` is the id of the request that created it, empty without one. `claimed` is whether its
    owner has collected it; a key that Keysmith did not create counts as claimed. `gone_at` is when
    it was seen to be deleted.
    """

    api_key: str
    environment_id: str
    name: str
    enabled: bool
    first_seen_at: datetime
    seen_at: datetime
    environment_name: str = ""
    purpose: str = ""
    request: str = ""
    expires_at: datetime | None = None
    tags: tuple[str, ...] = ()
    history: tuple[Line, ...] = ()
    claimed: bool = True
    gone_at: datetime | None = None
    pinned: bool | None = None
    """Whether it is dedicated to webhooks; None where no one has looked."""


@dataclass(frozen=True)
class KeyEvent:
    """A change of a key that its record takes over; what is None stays as it is.

    `ends` is whether the change sets the end: then `expires_at` is the new one, or that there is
    none. `began` is when Keysmith began a change, where that is not the time of its line.
    """

    api_key: str
    line: Line
    name: str | None = None
    enabled: bool | None = None
    claimed: bool | None = None
    pinned: bool | None = None
    ends: bool = False
    expires_at: datetime | None = None
    gone: bool = False
    began: datetime | None = None


def recorded(record: KeyRecord, event: KeyEvent) -> KeyRecord:
    """Return the record after a change.

    A name that a person gave in the Console meanwhile stays: it was told already.
    """
    at, since = event.line.at, event.began or event.line.at
    named = any(line.what == SEEN_RENAMED and line.at >= since for line in record.history)
    return replace(
        record,
        name=record.name if named or event.name is None else event.name,
        enabled=record.enabled if event.enabled is None else event.enabled,
        claimed=record.claimed if event.claimed is None else event.claimed,
        pinned=record.pinned if event.pinned is None else event.pinned,
        expires_at=event.expires_at if event.ends else record.expires_at,
        gone_at=at if event.gone else record.gone_at,
        seen_at=max(at, record.seen_at),
        history=(event.line, *record.history)[:MOST_LINES],
    )


def changed(
    key: Key, change: LastChange, by: Actor | None, began: datetime | None = None
) -> KeyEvent:
    """A change that Keysmith has made, by the key as it is afterwards.

    What else is different at the key is not Keysmith's doing: its record takes that over when it is
    told (`bot.domain.drift`).
    """
    what, renamed = change.change, change.change == Change.RENAMED
    line = Line(change.at, what, by, key.name if renamed else "", change.job)
    switched = what in {Change.ENABLED, Change.DISABLED, Change.RESTORED, BROWNOUT, ROTATED}
    return KeyEvent(
        *(key.api_key, line),
        name=key.name if renamed else None,
        enabled=key.enabled if switched else None,
        pinned=key.pinned if what == Change.PINNED else None,
        gone=what == Happened.DELETED,
        began=began,
    )


def first_seen(here: Located, now: datetime) -> KeyRecord:
    """Begin the record of a key that Keysmith did not create."""
    key, place = here.key, here.environment
    return KeyRecord(
        *(key.api_key, place.id, key.name),
        enabled=key.enabled,
        first_seen_at=now,
        seen_at=now,
        environment_name=place.name,
    )
