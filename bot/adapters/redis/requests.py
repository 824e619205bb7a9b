"""Requests in Redis.

A request, its audit entry, its notifications and the job that it causes change in one step, or not
at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, Protocol

import structlog

from bot.adapters.redis import names
from bot.adapters.redis.key_record_form import touched
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import (
    CARD_MAC,
    OUTBOX,
    OUTBOX_SECURITY,
    REQUESTS_CLOSED,
    REQUESTS_DUE,
    REQUESTS_PENDING,
)
from bot.adapters.redis.notification_form import NOTIFICATION
from bot.adapters.redis.records import NOT_READ
from bot.adapters.redis.request_json import dumps, loads
from bot.adapters.redis.request_limits import RequestLimits
from bot.adapters.redis.rotation_schedule_form import succeeded
from bot.adapters.redis.rotations import Rotations, pointing
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import (
    Applied,
    Guard,
    Lost,
    Step,
    Write,
    absent,
    field_is,
    hset,
    set_,
    xadd,
    zadd,
    zrem,
)
from bot.adapters.redis.store import Store
from bot.adapters.redis.tallies import Tallies
from bot.adapters.redis.vote_sign_ins import spending
from bot.domain.audit import Entry
from bot.domain.jobs import Job
from bot.domain.key_records import changed
from bot.domain.people import Actor
from bot.domain.requests.deadlines import next_look
from bot.domain.requests.key_events import event_for_key
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.domain.sign_in import SignedVote
from bot.errors import KeyMissing, StoreError, Unread
from bot.flows.ports import Done
from bot.flows.request_ports import Opening

_log = structlog.get_logger("keysmith.requests")

IDS: Final = 1_000  # ids of an index that a search by their beginning reads
ALIKE: Final = 20  # requests that it finds at most
TRIES: Final = 100  # of one opening, while others open requests of the same person
UNREADABLE: Final = timedelta(minutes=1)  # until what this process could not read is due again

_SETTLE: Final = """
-- One write, at the very end. KEYS: request, due. ARGV: version, time or '', id.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('ZREM', KEYS[2], ARGV[3]) end
return redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
"""


class Queueing(Protocol):
    """What concerns a job in a step of its request."""

    def queueing(self, job: Job) -> tuple[Write, ...]:
        """Store a job and queue it: part of the step that causes it."""

    def last_changed(self, done: Done) -> Sequence[Write]:
        """Store the last change of a key."""

    async def marked(self, job: Job) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
        """Store the effect of an open job; nothing for one that is not stored."""


class RedisRequests:
    """The requests of every process that shares this Redis."""

    def __init__(
        self, store: Store, ledger: Ledger, signed: Signed, jobs: Queueing, *, claim_ttl: timedelta
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed
        self._jobs = jobs
        self._claim_ttl = claim_ttl
        self.tallies = Tallies(ledger, signed)
        self._limits = RequestLimits(self.tallies, self._readable)
        self._rotations = Rotations(store, self.load)

    async def open(
        self,
        request: Request,
        entry: Entry,
        notifications: Sequence[Notification],
        job: Job | None = None,
        budgets: Sequence[str] = (),
        *,
        once: bool = False,
    ) -> Opening | Request:
        """Store a new request, unless it exists already or a limit is reached."""
        by, now = request.terms.requester, request.asked_at
        stored = (
            *self._writes(request, notifications, job),
            zadd(names.requests_by(by), now.timestamp(), request.id),
            *pointing(None, request),
        )
        for _ in range(TRIES):
            if await self._store.call("EXISTS", names.request(request.id)):
                return Opening.TAKEN
            spends = await self._limits.spends(request, budgets, once=once)
            if not isinstance(spends, list):
                return spends
            room = await self._rotations.room(request)
            if isinstance(room, Request):
                return room
            guards = (absent(names.request(request.id)), *(tally.same for tally in spends), *room)
            counted = [self.tallies.writes(tally.key, tally.until) for tally in spends]
            step = Step((entry,), (*stored, *chain.from_iterable(counted)), guards)
            if isinstance(await self._ledger.commit(step), Applied):
                return Opening.OPENED
        raise StoreError("the person's limits keep changing")

    async def replace(
        self,
        before: Request,
        after: Request,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        job: Job | None = None,
        by: Job | None = None,
        done: Sequence[Done] = (),
        spends: SignedVote | None = None,
    ) -> bool:
        """Change a request that is still as it was read; False where it is not."""
        marks, as_read = await self._jobs.marked(by) if by else ((), ())
        spent, unspent = spending(spends)
        events = [event_for_key(before, after, entry.at, entry.actor)]
        events += [changed(it.key, it.change, entry.actor) for it in done if it.key]
        same = field_is(names.request(before.id), "version", str(before.version))
        guards = (same, *as_read, *unspent)
        last = [*chain.from_iterable(map(self._jobs.last_changed, done)), *pointing(before, after)]
        for _ in range(TRIES):
            recorded, as_kept = await touched(self._signed, *events)
            passed, as_set = await succeeded(self._signed, before, after, entry.at)
            beside = (*marks, *recorded, *last, *passed, *spent)
            writes = (*self._writes(after, notifications, job), *beside)
            step = Step((entry,), writes, (*guards, *as_kept, *as_set))
            written = await self._ledger.commit(step)
            if not isinstance(written, Lost) or written.place < len(guards):
                return not isinstance(written, Lost)
        raise StoreError("the record of the key, or its schedule, keeps changing")

    def _writes(
        self, request: Request, notifications: Sequence[Notification], job: Job | None
    ) -> tuple[Write, ...]:
        record = {"doc": dumps(request), "version": str(request.version)}
        return (
            self._signed.hset(names.request(request.id), record),
            _indexed(REQUESTS_PENDING, request.asked_at if request.waits else None, request.id),
            _indexed(REQUESTS_CLOSED, None if request.waits else request.asked_at, request.id),
            _indexed(REQUESTS_DUE, next_look(request, self._claim_ttl), request.id),
            *map(queued, notifications),
            *(self._jobs.queueing(job) if job else ()),
        )

    async def schedule(self, request: Request) -> None:
        """Look again at the next deadline, unless the request has changed meanwhile."""
        at = next_look(request, self._claim_ttl)
        due = str(at.timestamp()) if at else ""
        keys = (names.request(request.id), REQUESTS_DUE)
        await self._store.call("EVAL", _SETTLE, "2", *keys, str(request.version), due, request.id)

    async def postpone(self, request: Request, until: datetime) -> None:
        """Look again then, since what was due failed, unless it was settled meanwhile."""
        await self._store.call("ZADD", REQUESTS_DUE, "XX", str(until.timestamp()), request.id)

    async def note(
        self, entry: Entry, notifications: Sequence[Notification] = (), by: Job | None = None
    ) -> None:
        """Record what changes no request, and queue notifications; for each job `by` once."""
        marks, as_read = await self._jobs.marked(by) if by else ((), ())
        await self._ledger.write(entry, (*map(queued, notifications), *marks), *as_read)

    async def place(self, request_id: str, card: str) -> None:
        """Store where the card is, so that each finds the other; a former card is none."""
        key = names.request(request_id)
        former = await self._store.text("HGET", key, "card")
        gone = (("DEL", names.card(former)),) if former else ()
        placed = hset(key, {"card": card, CARD_MAC: self._signed.macs.of_card(key, card)})
        await self._store.transact(*gone, placed, set_(names.card(card), request_id))

    async def request_at_card(self, card: str) -> str | None:
        """Find the id of the request whose card is there, by its own record."""
        request_id = await self._store.text("GET", names.card(card))
        request = await self.load(request_id) if request_id else None
        return request.id if request and request.card == card else None

    async def load(self, request_id: str) -> Request | None:
        """Read a request; None where there is none, or it is not believed."""
        key = names.request(request_id)
        found = await self._signed.find(key)
        if "doc" not in found:
            return None
        card = found.get("card", "")
        if key_id := self._signed.macs.unknown(found.get(CARD_MAC, "")):
            raise await self._signed.unread_under(key, key_id)  # else its card is posted again
        if card and not self._signed.macs.card_holds(key, found):
            await self._signed.refused(key, "Keysmith did not write where its card is")
            card = ""
        try:
            return loads(found["doc"], card)
        except NOT_READ as error:
            raise Unread(f"the request can't be read: {type(error).__name__}") from error

    async def opened_by(self, actor: Actor, most: int) -> list[Request]:
        """List a person's own, newest first."""
        lists = [await self._newest(names.requests_by(form), most) for form in actor.forms]
        own = {
            each.id: each for listed in lists for each in listed if each.terms.requester == actor
        }
        return sorted(own.values(), key=lambda request: request.asked_at, reverse=True)[:most]

    async def pending(self, most: int) -> list[Request]:
        """List those that wait for a decision, newest first."""
        return await self._newest(REQUESTS_PENDING, most)

    async def closed(self, most: int) -> list[Request]:
        """List all others, newest first."""
        return await self._newest(REQUESTS_CLOSED, most)

    async def beginning(self, typed: str, actor: Actor | None, /) -> list[Request]:
        """List the newest whose ids begin like this; many ids are read, and few requests."""
        own = [names.requests_by(form) for form in actor.forms] if actor else []
        ids = dict[str, None]()
        for index in (REQUESTS_PENDING, REQUESTS_CLOSED, *own):
            ids |= dict.fromkeys(await self._store.texts("ZREVRANGE", index, "0", str(IDS - 1)))
        alike = [each for each in ids if each.startswith(typed)][:ALIKE]
        return [it for each in alike if (it := await self._readable(each))]

    async def rotation_of(self, api_key: str) -> Request | None:
        """Find the rotation of a key, or of its successor, that is not over."""
        return await self._rotations.of(api_key)

    async def due(self, now: datetime, most: int) -> list[Request]:
        """List those that are due by now, the longest due first."""
        until, limit = str(now.timestamp()), ("LIMIT", "0", str(most))
        ids = await self._store.texts("ZRANGEBYSCORE", REQUESTS_DUE, "-inf", until, *limit)
        found = {each: await self._readable(each) for each in ids}
        for each in (each for each, request in found.items() if request is None):
            later = str((now + UNREADABLE).timestamp())  # it must not keep the others waiting
            await self._store.call("ZADD", REQUESTS_DUE, "XX", later, each)
        return [request for request in found.values() if request]

    async def _newest(self, index: str, most: int) -> list[Request]:
        ids = await self._store.texts("ZREVRANGE", index, "0", str(most - 1))
        return [it for each in ids if (it := await self._readable(each))]

    async def _readable(self, request_id: str) -> Request | None:
        """Read one of many; None where it can't be read, so that the others can."""
        try:
            return await self.load(request_id)
        except KeyMissing:
            raise  # it is this process that can do nothing: it must postpone no request
        except Unread as error:
            _log.error("request_unreadable", request=request_id, reason=str(error))
            return None


def _indexed(index: str, at: datetime | None, request_id: str) -> Write:
    return zadd(index, at.timestamp(), request_id) if at else zrem(index, request_id)


def queued(notification: Notification) -> Write:
    """Build the write that queues a notification."""
    urgent = notification.audience is Audience.SECURITY or notification.topic is Topic.LEAK
    return xadd(OUTBOX_SECURITY if urgent else OUTBOX, NOTIFICATION.write(notification))


def read_notification(fields: Mapping[str, str]) -> Notification:
    """Read an item of the outbox. Raises `Unread` where another version wrote it."""
    try:
        return NOTIFICATION.read(fields)
    except NOT_READ as error:
        raise Unread(f"the notification can't be read: {error!r}") from error
