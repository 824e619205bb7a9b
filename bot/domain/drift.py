"""What changed at a key without Keysmith: its record compared with Cloudinary's list.

Keysmith marks each change of its own before it makes it (`OwnAct`), so that one whose record is
not yet written is never taken for another's. Drift is told once and never undone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.environments import Environment
from bot.domain.key_records import MOST_LINES, SEEN_RENAMED, Happened, KeyRecord, Line
from bot.domain.keys import Change, Key
from bot.domain.requests.deletions import CLOCK_SKEW

ADOPTED_AFTER: Final = timedelta(minutes=15)
"""When a record takes over a change of Keysmith's own that no job wrote there."""


class Drifted(StrEnum):
    """What happened to a key elsewhere; the values are stored words, in a record's history."""

    CREATED = "seen created"
    RENAMED = SEEN_RENAMED
    ENABLED = "seen enabled"
    DISABLED = "seen disabled"
    PINNED = "seen pinned"
    UNPINNED = "seen unpinned"
    DELETED = "seen deleted"


OWN: Final[Mapping[Drifted, str]] = {
    Drifted.CREATED: Happened.CREATED,
    Drifted.RENAMED: Change.RENAMED,
    Drifted.ENABLED: Change.ENABLED,
    Drifted.DISABLED: Change.DISABLED,
    Drifted.PINNED: Change.PINNED,
    Drifted.UNPINNED: Drifted.UNPINNED,
    Drifted.DELETED: Happened.DELETED,
}
"""How a history says that Keysmith did it."""
_AT_CLOUDINARY: Final = frozenset[str](
    {*Drifted, *Change, *OWN.values(), Happened.COLLECTED, Happened.ENDED, Happened.RENEWED}
)
"""Lines of a history that say how a key is at Cloudinary since then."""


@dataclass(frozen=True)
class OwnAct:
    """A change that Keysmith is about to make; `name` is what the key is named by it.

    `api_key` is empty where a key is created.
    """

    environment_id: str
    api_key: str
    what: Drifted
    name: str = ""


@dataclass(frozen=True)
class Drift:
    """One change of one key; `before` is its former name, and the new one is `name`."""

    what: Drifted
    api_key: str
    name: str
    before: str = ""

    def act(self, place: Environment) -> OwnAct:
        """The act of Keysmith's own that would explain it."""
        match self.what:
            case Drifted.CREATED:
                return OwnAct(place.id, "", self.what, self.name)
            case Drifted.RENAMED:
                return OwnAct(place.id, self.api_key, self.what, self.name)
            case _:
                return OwnAct(place.id, self.api_key, self.what)


@dataclass(frozen=True)
class Found:
    """A key whose record has to be written: before and after, and what is told of it."""

    before: KeyRecord | None
    after: KeyRecord
    told: tuple[Drift, ...] = ()


@dataclass(frozen=True)
class Seen:
    """An environment as it was just read, with the records of its keys.

    `since` is when keys were compared first: a key that is older was there before Keysmith.
    """

    place: Environment
    keys: Sequence[Key]
    records: Mapping[str, KeyRecord]
    since: datetime | None

    @property
    def differs(self) -> bool:
        """Whether any record has to be looked at."""
        return next(iter(self._changed()), None) is not None

    def acts(self) -> list[OwnAct]:
        """The acts of Keysmith's own that would explain what differs."""
        changes = (change for *_, changes in self._changed() for change in changes)
        return [change.act(self.place) for change in changes]

    def found(self, own: Mapping[OwnAct, datetime], now: datetime) -> list[Found]:
        """Give the records to write. `own` says when Keysmith began which of its acts."""
        every = list[Found]()
        for record, key, changes in self._changed():
            begun = [self._began(record, key, change, own) for change in changes]
            if any(at and (record is None or now - at < ADOPTED_AFTER) for at in begun):
                continue  # its own job writes it
            told, lines = list[Drift](), list[Line]()
            for change, at in zip(changes, begun, strict=True):
                if at:
                    lines.append(Line(now, OWN[change.what], None, change.name))
                elif record or not self._is_older(key):
                    lines.append(Line(now, change.what, None, change.before or change.name))
                    told.append(change)
            after = self._after(record, key, now)
            after = replace(after, history=(*lines, *after.history)[:MOST_LINES])
            every.append(Found(record, after, tuple(told)))
        return every

    def _changed(self) -> Iterable[tuple[KeyRecord | None, Key, list[Drift]]]:
        """Compare each key; one that is gone is as its record knew it."""
        there = {key.api_key: key for key in self.keys}
        for api_key, record in self.records.items():
            if api_key not in there and not record.gone_at:
                change = Drift(Drifted.DELETED, api_key, record.name)
                yield record, _formerly(record), [change]
        for key in self.keys:
            kept = self.records.get(key.api_key)
            if kept is None or kept.gone_at:
                yield kept, key, [Drift(Drifted.CREATED, key.api_key, key.name)]
            elif (kept.name, kept.enabled, kept.pinned) != _state(key):
                yield kept, key, list(self._changes(kept, key))

    def _changes(self, record: KeyRecord, key: Key) -> Iterable[Drift]:
        if record.name != key.name:
            former = record.name or key.api_key
            yield Drift(Drifted.RENAMED, key.api_key, key.name, former)
        if record.enabled != key.enabled:
            what = Drifted.ENABLED if key.enabled else Drifted.DISABLED
            yield Drift(what, key.api_key, key.name)
        if record.pinned not in {None, key.pinned}:
            if key.pinned:
                yield Drift(Drifted.PINNED, key.api_key, key.name)
            elif not self._took_over(record):
                yield Drift(Drifted.UNPINNED, key.api_key, key.name)

    def _took_over(self, record: KeyRecord) -> bool:
        """Whether another key has its pin, or had it after this one."""
        others = (each for each in self.records.values() if each.pinned)  # gone ones too
        later = any(_pinned_at(each) > _pinned_at(record) for each in others)
        return later or any(other.pinned for other in self.keys)

    def _began(
        self, record: KeyRecord | None, key: Key, change: Drift, own: Mapping[OwnAct, datetime]
    ) -> datetime | None:
        """When Keysmith itself began this change, unless something is known to have followed."""
        at = own.get(change.act(self.place))
        if at is None:
            return None
        if change.what is Drifted.CREATED:
            made_at = key.created_at
            return at if made_at is None or made_at >= at - CLOCK_SKEW else None
        lines = record.history if record else ()
        newest = max((it.at for it in lines if it.what in _AT_CLOUDINARY), default=at)
        return at if at >= newest else None

    def _is_older(self, key: Key) -> bool:
        """Whether it was there before keys were compared first, or came with its environment."""
        if key.root and not self.records:
            return True
        made_at = key.created_at
        return self.since is None or made_at is None or made_at < self.since - CLOCK_SKEW

    def _after(self, record: KeyRecord | None, key: Key, now: datetime) -> KeyRecord:
        if record and key.api_key not in {each.api_key for each in self.keys}:
            return replace(record, gone_at=now, seen_at=now)
        record = record or KeyRecord(
            *(key.api_key, self.place.id, key.name),
            enabled=key.enabled,
            first_seen_at=now,
            seen_at=now,
        )
        return replace(
            record,
            name=key.name,
            enabled=key.enabled,
            pinned=key.pinned,
            environment_name=self.place.name,
            gone_at=None,
            seen_at=now,
        )


def _formerly(record: KeyRecord) -> Key:
    return Key(
        record.api_key, record.name, record.enabled, root=False, created_at=None, updated_at=None
    )


def _pinned_at(record: KeyRecord) -> datetime:
    """When it was pinned last; one from before its first line counts as the oldest."""
    pins = {Change.PINNED, Drifted.PINNED}
    at = (line.at for line in record.history if line.what in pins)
    return max(at, default=datetime.min.replace(tzinfo=UTC))


def _state(key: Key) -> tuple[str, bool, bool]:
    return key.name, key.enabled, key.pinned
