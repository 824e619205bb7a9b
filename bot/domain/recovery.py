"""What a recovery finds: what the log lost, and how what is left compares with Cloudinary."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from bot.domain.audit import AuditEvent, Entry, Head, Record
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.requests.machine import Request

LOST: Final = "lost"
"""Outcome of a request that a recovery closed: whether it was carried out is not known."""
CREATED_WITHIN: Final = timedelta(seconds=2)
"""From a key's creation to its first disabling: Cloudinary counts whole seconds."""
SKEW: Final = timedelta(seconds=30)
"""How far Cloudinary's clock may differ from ours."""


class Became(Enum):
    """What became of a key whose credentials wait, as Cloudinary has it now."""

    WAITS = auto()
    OPENED = auto()
    CHANGED = auto()
    GONE = auto()


class Ending(Enum):
    """How a recovery closes a request."""

    DONE = auto()
    """Its effect is there."""
    UNKNOWN = auto()
    """It may have been carried out, and undone."""


@dataclass(frozen=True)
class LostRequest:
    """A request's newest entry of those that are missing, and who asked, if one of them says so."""

    id: str
    last: Entry
    requester: str = ""


@dataclass(frozen=True)
class Lost:
    """What entries that are missing tell; each set holds ids or API keys.

    `requests` were decided or moved; `told` has those that were asked for, too, newest first.
    `until` is the time of the export's last entry: what came after it, no one knows. `unread` is
    the number of the last entry that only archives have, which were not read.
    """

    entries: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    requests: frozenset[str] = frozenset()
    created: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    until: datetime | None = None
    unread: int = 0
    told: tuple[LostRequest, ...] = ()


@dataclass(frozen=True)
class Survey:
    """Everything that a recovery looks at before it changes anything.

    `credentials` and `requests` are those that it ends; no record knows `lost_requests`, nor those
    whose card is at Slack: `unknown_cards`, None where Slack did not answer. `kept_at` is the time
    of the last entry. `reason` is why Keysmith is halted, empty where it is not; `recovered` says
    that a recovery has recorded the loss of entries that were seen before.
    """

    reason: str
    seen: Head
    kept: Head
    kept_at: datetime | None
    lost: Lost | None
    waiting: int
    credentials: tuple[tuple[Pending, Became], ...]
    requests: tuple[tuple[Request, Ending], ...]
    jobs: tuple[Job, ...]
    orphans: tuple[Located, ...]
    unknown_cards: tuple[str, ...] | None
    recovered: bool = False
    lost_requests: tuple[LostRequest, ...] = ()

    @property
    def missing(self) -> int:
        """How many entries are missing: by their numbers, or by the export, where it has more."""
        exported = self.lost.entries if self.lost else 0
        return max(self.seen.seq - self.kept.seq, exported)

    @property
    def open(self) -> bool:
        """Whether a recovery has to come: an empty log can't tell what it lacks."""
        return bool(self.reason or self.missing or not self.kept.seq)

    @property
    def ends(self) -> bool:
        """Whether a recovery would end anything that Redis holds."""
        return any((self.credentials, self.requests, self.jobs))

    @property
    def found(self) -> bool:
        """Whether there is anything to recover, or to look at."""
        return self.open or self.ends or any((self.orphans, self.unknown_cards))


def behind(exported: Sequence[Record], start: Head) -> Sequence[Record]:
    """Leave out the records up to where a trimmed log starts, if they lead up to it."""
    if not any(each.seq == start.seq and each.mac == start.mac for each in exported):
        return exported
    return [each for each in exported if each.seq > start.seq]


def lost_between(kept: Sequence[Record], exported: Sequence[Record]) -> Lost:
    """Read what an export has and the log no longer does; both are proven."""
    macs = {record.mac for record in kept}
    missing = [Entry.read(each.body) for each in exported if each.mac not in macs]

    def named(what: str, *events: AuditEvent) -> frozenset[str]:
        found = (each.target.get(what, "") for each in missing if each.event in events)
        return frozenset(filter(None, found))

    created = [each for each in missing if "fingerprint" in each.target]
    return Lost(
        len(missing),
        Counter(f"{each.event} {each.action}" for each in missing),
        named("request", AuditEvent.MOVED, AuditEvent.DECIDED),
        frozenset(filter(None, (each.target.get("key", "") for each in created))),
        named("key", AuditEvent.REVEALED),
        Entry.read(exported[-1].body).at if exported else None,
        told=_told(missing),
    )


def _told(missing: Iterable[Entry]) -> tuple[LostRequest, ...]:
    """Read what entries tell of requests: of each the newest one, the newest first."""
    found = dict[str, LostRequest]()
    for each in missing:
        id_ = each.target.get("request")
        if id_ and each.event in {AuditEvent.REQUESTED, AuditEvent.DECIDED, AuditEvent.MOVED}:
            asked = each.actor if each.event is AuditEvent.REQUESTED else None
            before = found.pop(id_, None)
            by = asked.user_id if asked else before.requester if before else ""
            found[id_] = LostRequest(id_, each, by)
    return tuple(reversed(found.values()))


def what_became(pending: Pending, key: Key | None, lost: Lost | None) -> Became:
    """Compare waiting credentials with their key: one that was never touched still waits."""
    if key is None:
        return Became.GONE
    if key.enabled:
        return Became.OPENED
    if lost and pending.api_key in lost.opened:
        return Became.CHANGED
    created, updated = key.created_at, key.updated_at
    untouched = created is not None and updated is not None and updated - created <= CREATED_WITHIN
    return Became.WAITS if untouched else Became.CHANGED


def touched_since(key: Key, at: datetime) -> bool:
    """Whether a key may have changed since; a key without times may have."""
    return key.updated_at is None or key.updated_at >= at - SKEW


def orphans(
    keys: Iterable[Located], known: frozenset[str], since: datetime | None, lost: Lost | None
) -> tuple[Located, ...]:
    """List keys that no record knows, and that Keysmith created or may have created.

    `since` is the time of the last entry that is left; of an emptied log, of the export.
    """
    named = lost.created if lost else frozenset()
    since = since or (lost.until if lost else None)

    def is_one(key: Key) -> bool:
        recent = since is not None and key.created_at is not None and key.created_at >= since - SKEW
        return key.api_key not in known and not key.root and (key.api_key in named or recent)

    return tuple(here for here in keys if is_one(here.key))
