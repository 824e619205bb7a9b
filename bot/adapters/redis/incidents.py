"""Incidents of leaked keys in Redis: one signed record each, and an index by the next look."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.adapters.redis import names
from bot.adapters.redis.jobs import RedisJobs
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import CARD_MAC, INCIDENTS_DUE, NOTICES
from bot.adapters.redis.records import NOT_READ, PLAIN, TIME, Form, Record, maybe
from bot.adapters.redis.request_json import TEXTS
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import expire, field_is, hset, persist, xadd, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, Entry
from bot.domain.incidents import Incident, IncidentState, Report, Source, next_look
from bot.domain.keys import ProtectionReason
from bot.domain.policy import Action
from bot.domain.requests.notifications import Notification
from bot.errors import KeyMissing, Unread
from bot.flows.ports import Done

_log = structlog.get_logger("keysmith.incidents")

KEPT_FOR: Final = 90 * 86_400  # seconds after the last change, once it is settled
FOREIGN_KEPT_FOR: Final = 86_400
TAKEN_FOR: Final = 900  # seconds that a webhook's delivery is remembered: its time is valid for 600
WITHOUT_PAIR: Final = (
    "{source} found what may be a Cloudinary secret, and did not send it: {place}. Look at it, and"
    " disable the key that leaked."
)
UNREADABLE: Final = timedelta(minutes=5)
_json: Final = json.JSONEncoder(separators=(",", ":")).encode
REPORT: Final = Record(
    Report,
    Form(str, Source)("source"),
    TIME("at"),
    PLAIN("by", "place", "channel", "ts", "author"),
)
INCIDENT: Final = Record(
    Incident,
    PLAIN("api_key"),
    TIME("reported_at", "since"),
    Form(str, IncidentState)("state"),
    TEXTS("marks"),
    Form(lambda it: [*map(REPORT.write, it)], lambda found: tuple(map(REPORT.read, found)))(
        "reports"
    ),
    PLAIN("more", "cloud", "environment_id", "environment_name", "cloud_name", "name", "owner"),
    TEXTS("asked"),
    PLAIN("by", "automatic"),
    maybe(Form(str, ProtectionReason))("held"),
    PLAIN("unproven", "other_secret", "told", "reviewed_by"),
    maybe(Form(datetime.isoformat, datetime.fromisoformat))("told_at"),
    PLAIN("version"),
    required="version",
)


class RedisIncidents:
    """The incidents of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed, jobs: RedisJobs) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed
        self._jobs = jobs

    async def load(self, api_key: str) -> Incident | None:
        """Read one as it was written. Raises `Unread` for what another version wrote."""
        key = names.incident(api_key)
        found = await self._signed.find(key)
        if "doc" not in found:
            return None
        card = found.get("card", "") if self._signed.macs.card_holds(key, found) else ""
        try:
            return INCIDENT.read(json.loads(found["doc"]), card=card)
        except NOT_READ as error:
            raise Unread(f"the incident can't be read: {error!r}") from error

    async def write(
        self,
        before: Incident | None,
        after: Incident,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        done: Done | None = None,
    ) -> bool:
        """Write it whole, if it is still the one before; a record not believed is replaced."""
        key, at = names.incident(after.api_key), next_look(after)
        same = field_is(key, "version", str(before.version)) if before else None
        if same is None:
            same = await self._signed.as_it_is(key)
            if await self.load(after.api_key):
                return False
        record = {"doc": _json(INCIDENT.write(after)), "version": str(after.version)}
        kept = FOREIGN_KEPT_FOR if after.state is IncidentState.FOREIGN else KEPT_FOR
        record_writes, as_read = await self._jobs.recorded(done, None)
        due = zadd(INCIDENTS_DUE, at.timestamp(), after.api_key) if at else None
        writes = (
            self._signed.hset(key, record),
            persist(key) if at else expire(key, kept),
            due or zrem(INCIDENTS_DUE, after.api_key),
            *map(queued, notifications),
            *(self._jobs.last_changed(done) if done else ()),
            *record_writes,
        )
        return await self._ledger.write(entry, writes, same, *as_read, replicated=True)

    async def due(self, now: datetime, most: int) -> list[Incident]:
        """List those that are due by now, the longest due first."""
        until, limit = str(now.timestamp()), ("LIMIT", "0", str(most))
        ids = await self._store.texts("ZRANGEBYSCORE", INCIDENTS_DUE, "-inf", until, *limit)
        found = {each: await self._readable(each) for each in ids}
        for each in (each for each, incident in found.items() if incident is None):
            await self.postpone(each, now + UNREADABLE)  # it must not keep the others waiting
        return [incident for incident in found.values() if incident]

    async def postpone(self, api_key: str, until: datetime) -> None:
        """Look again then, unless it was settled meanwhile."""
        await self._store.call("ZADD", INCIDENTS_DUE, "XX", str(until.timestamp()), api_key)

    async def place(self, api_key: str, card: str) -> None:
        """Store where its message is, beside the record."""
        key = names.incident(api_key)
        placed = {"card": card, CARD_MAC: self._signed.macs.of_card(key, card)}
        await self._store.transact(hset(key, placed))

    async def was_taken(self, delivery: str) -> bool:
        """Whether a webhook's delivery was taken before."""
        return bool(await self._store.call("EXISTS", names.leak_seen(delivery)))

    async def take(self, delivery: str) -> None:
        """Remember a webhook's delivery for longer than its timestamp is valid."""
        await self._store.call("SET", names.leak_seen(delivery), "1", "EX", str(TAKEN_FOR))

    async def tell(self, text: str, source: str) -> None:
        """Tell security of a report that names no pair."""
        told = {"text": WITHOUT_PAIR.format(source=source, place=text), "by": ""}
        entry = Entry(
            datetime.now(UTC), AuditEvent.ANSWERED, Action.REPORT_LEAK, None, "", {}, "no pair"
        )
        await self._ledger.write(entry, (xadd(NOTICES, told),))

    async def _readable(self, api_key: str) -> Incident | None:
        try:
            return await self.load(api_key)
        except KeyMissing:
            raise
        except Unread as error:
            _log.error("incident_unreadable", incident=api_key, reason=str(error))
            return None
