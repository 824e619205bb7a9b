"""Finds timers that are gone from their index, and puts them back.

What is due is found through sorted sets, which have no MAC: a member that is removed, or moved to
another century, would never be due, and no one would know. The signed records say when each is due.
So each look reads a slice of the records that the audit log names, the newest first, and compares
them with the indexes. A round through all of them takes as many looks as it needs; a process reads
a record that has no time, such as a request that is over, once.

A record is read before its index, and written only while it is still the one that was read: else it
may have come to its end in between. What Redis removed altogether, or what is not believed, is
reported once for each process.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.adapters.redis import names
from bot.adapters.redis.access_reviews import REVIEW
from bot.adapters.redis.entries import DELETED
from bot.adapters.redis.incidents import INCIDENT
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import KINDS, MAC, NOTICES, TIMER_RESTORED
from bot.adapters.redis.records import NOT_READ
from bot.adapters.redis.report_schedules import SCHEDULE
from bot.adapters.redis.request_json import loads
from bot.adapters.redis.rotation_schedule_form import SCHEDULE as ROTATION
from bot.adapters.redis.signed import SHOWN, one_of_many
from bot.adapters.redis.steps import field_is, xadd, zadd
from bot.adapters.redis.store import as_fields
from bot.adapters.redis.stores import Stores
from bot.domain.access_reviews import next_look as review_looks
from bot.domain.audit import AuditEvent, Entry
from bot.domain.incidents import next_look as incident_looks
from bot.domain.links import LinkState
from bot.domain.requests.deadlines import next_look
from bot.domain.rotation_schedules import LOOK_AGAIN
from bot.errors import AlteredRecord
from bot.flows.ports import Clock

_log = structlog.get_logger("keysmith.records")

SLICE: Final = 20  # records that one look reads: a few milliseconds
PASSED: Final = 5_000  # names of other records that one look passes over at most
ROUND: Final = timedelta(minutes=1)  # at least, from the start of a round to that of the next
LATEST: Final = timedelta(hours=1)
"""What fails waits for some minutes, not more."""
WAITS: Final = LOOK_AGAIN + LATEST
"""A schedule whose rotation runs, or that stands still, is looked at each day."""
QUIET: Final = timedelta(hours=1)  # without another notice, after one
TOLD: Final = (
    "A timer was {how} in Keysmith's Redis, and not by Keysmith. It is put back: {what} {id}, due"
    " {at}. What it was to do happens now, if it is late. A person or a program may be writing to"
    " Keysmith's Redis: find out who. For an hour, more of this is only in the audit log."
)

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Index:
    """A sorted set by time, and the signed records that say what belongs in it.

    `lasting` records are removed by an audited step alone, and do not expire. `latest` is how much
    later than it is due a timer may stand.
    """

    key: str
    record: Callable[[str], str]
    due: Callable[[str, Fields], datetime | None]
    lasting: bool = False
    latest: timedelta = LATEST


@dataclass(frozen=True)
class Timer:
    """A record with a time, as it was read."""

    index: Index
    record: str
    mac: str
    at: datetime

    @property
    def member(self) -> str:
        """Its name in the index: the id of its record."""
        return self.record.removeprefix(self.index.record(""))

    def how(self, score: object, now: datetime) -> str:
        """Say what was done to it, by its score in the index; empty if it stands where it may."""
        if score is None:
            return "removed"
        late = float(str(score)) > (max(self.at, now) + self.index.latest).timestamp()
        return "set to a later time" if late else ""


def indexes(claim_ttl: timedelta) -> tuple[Index, ...]:
    """List every index of what is due; a rotation and a brown-out are requests.

    Jobs that are set aside are not here: as in a stream, their records have no time. The audit log
    has them as asked for, without an end.
    """
    return (
        Index(names.REQUESTS_DUE, names.request, partial(_request_due, claim_ttl), lasting=True),
        Index(names.INCIDENTS_DUE, names.incident, _incident_due),
        Index(names.REPORTS_DUE, names.report_schedule, _report_due, lasting=True),
        Index(names.LINKS_OPENING, names.link, _link_due),
        Index(names.REVIEWS, names.access_review, _review_due),
        Index(
            names.ROTATIONS_DUE, names.rotation_schedule, _rotation_due, lasting=True, latest=WAITS
        ),
    )


class Overlooked:
    """Looks for such timers; every process may, each on a round of its own."""

    def __init__(self, stores: Stores, clock: Clock, claim_ttl: timedelta) -> None:
        self._stores = stores
        self._clock = clock
        self._kinds = {kind_of(it.record("")): it for it in indexes(claim_ttl)}
        self._names = tuple(it.record("") for it in self._kinds.values())
        self._round: Iterator[tuple[str, str]] | None = None
        self._slice = list[str]()
        self._began: datetime | None = None
        self._told_at: datetime | None = None
        self._timeless = dict[str, str]()
        self._reported = dict[str, str]()

    async def look(self) -> Sequence[Exception]:
        """Look at the next slice. May raise `StoreError`; then the next look takes it again."""
        now = self._clock.now()
        if not self._slice:
            if self._round is None:
                if self._began and now - self._began < ROUND:
                    return ()
                named = await self._stores.signed.marks.named()
                self._round, self._began = reversed(named.items()), now
            self._cut(self._round)
        for timer in await self._gone(await self._timers(self._slice), now):
            await self._put_back(timer, now)
        self._slice = []
        return ()

    def _cut(self, rest: Iterator[tuple[str, str]]) -> None:
        """Cut the next slice: the newest come first, and what is known to have no time is out."""
        for _ in range(PASSED):
            key, mac = next(rest, ("", ""))
            if not key:
                self._round = None
                return
            if key.startswith(self._names) and mac not in {DELETED, self._timeless.get(key)}:
                self._slice.append(key)
            if len(self._slice) == SLICE:
                return

    async def _timers(self, keys: Sequence[str]) -> list[Timer]:
        """Read what is to happen when, by the records that are believed."""
        signed, timers = self._stores.signed, list[Timer]()
        answers = await signed.store.many(*(("HGETALL", key) for key in keys))
        newest = await signed.marks.newest_of(keys)
        for key, found in zip(keys, map(as_fields, answers), strict=True):
            index = self._kinds[kind_of(key)]
            if found.get(MAC) != newest.get(key) or not signed.macs.holds(key, found):
                await self._report(index, key, newest.get(key, ""))
                continue
            try:
                at = index.due(key.removeprefix(index.record("")), found)
            except NOT_READ as error:
                _log.error("timer_unreadable", record=key, reason=type(error).__name__)
                continue
            if at is None:
                self._timeless[key] = found[MAC]
            else:
                timers.append(Timer(index, key, found[MAC], at))
        return timers

    async def _report(self, index: Index, key: str, newest: str) -> None:
        """Report a record that was altered or removed, once; what changes just now is neither."""
        signed = self._stores.signed
        if self._reported.get(key) != newest:
            with contextlib.suppress(AlteredRecord):
                await one_of_many(signed.read_lasting(key) if index.lasting else signed.read(key))
            self._reported[key] = newest

    async def _gone(self, timers: Sequence[Timer], now: datetime) -> list[Timer]:
        """List those that their index lacks, or has much later."""
        asked = (("ZSCORE", each.index.key, each.member) for each in timers)
        scores = await self._stores.store.many(*asked)
        return [it for it, score in zip(timers, scores, strict=True) if it.how(score, now)]

    async def _put_back(self, timer: Timer, now: datetime) -> None:
        """Put a timer back, unless its record has changed, or another process was faster."""
        async with self._stores.locks.hold("timers"):
            score = await self._stores.store.call("ZSCORE", timer.index.key, timer.member)
            how = timer.how(score, now)
            if not how:
                return
            target = {"record": timer.record, "due": timer.at.isoformat()}
            entry = Entry(now, AuditEvent.DONE, TIMER_RESTORED, target=target, detail=how)
            told = self._told_at is None or now - self._told_at >= QUIET
            what = KINDS[kind_of(timer.record)]
            at = f"{timer.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            text = TOLD.format(how=how, what=what, id=timer.member[:SHOWN], at=at)
            writes = (
                zadd(timer.index.key, timer.at.timestamp(), timer.member),
                *((xadd(NOTICES, {"text": text, "by": ""}),) if told else ()),
            )
            same = field_is(timer.record, MAC, timer.mac)
            if not await self._stores.ledger.write(entry, writes, same):
                return
        _log.error("timer_restored", record=timer.record, how=how)
        self._told_at = now if told else self._told_at


def _request_due(claim_ttl: timedelta, _: str, fields: Fields) -> datetime | None:
    return next_look(loads(fields["doc"], ""), claim_ttl)


def _incident_due(_: str, fields: Fields) -> datetime | None:
    return incident_looks(INCIDENT.read(json.loads(fields["doc"]), card=""))


def _report_due(channel: str, fields: Fields) -> datetime | None:
    return SCHEDULE.read(fields, channel=channel).next_at


def _rotation_due(api_key: str, fields: Fields) -> datetime | None:
    schedule = ROTATION.read(fields, api_key=api_key)
    return schedule.look_at or schedule.next_at


def _review_due(_: str, fields: Fields) -> datetime | None:
    return review_looks(REVIEW.read(json.loads(fields["doc"])))


def _link_due(_: str, fields: Fields) -> datetime | None:
    opening = fields.get("state") == LinkState.OPENING
    return datetime.fromisoformat(fields["since"]) if opening else None
