"""Jobs in Redis: kept in the step that records them, and read from a stream by workers.

A stream with a consumer group is the queue, so that accepting a command, its audit entry and its
place in the queue are one atomic step; a job library would make them two.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import CHANGE_JOB, JOBS, JOBS_ASIDE, NOTICES
from bot.adapters.redis.steps import (
    Applied,
    Step,
    Write,
    absent,
    expire,
    field_is,
    hset,
    set_,
    xadd,
    zrem,
)
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer
from bot.domain.audit import Entry
from bot.domain.jobs import Job, Reply
from bot.domain.keys import LastChange
from bot.domain.people import Actor
from bot.flows.ports import Done

SEEN_FOR: Final = 600
"""Seconds that a delivery is remembered: twice what Slack's signature allows."""
KEPT_FOR: Final = 86_400
"""Seconds that a finished job's record is kept; an open one is kept until it is finished."""
CHANGE_KEPT_FOR: Final = 90 * 86_400
"""Seconds that a key's last change is shown with it; the audit log keeps it for ever."""


_TAKE_UP: Final = """
-- Only XADD can fail here, and it stands before the ZREM of its id: a job that can't be queued
-- stays set aside, and those before it were queued once. KEYS: set aside, queue. ARGV: now.
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
for _, id in ipairs(due) do
  redis.call('XADD', KEYS[2], '*', 'id', id)
  redis.call('ZREM', KEYS[1], id)
end
return #due
"""


class RedisJobs:
    """The jobs of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, sealer: FieldSealer) -> None:
        self._store = store
        self._ledger = ledger
        self._sealer = sealer

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Keep, record and queue a job; False where this delivery was seen before."""
        return await self._once(fingerprint, entry, job.id, self.queueing(job))

    def queueing(self, job: Job) -> tuple[Write, ...]:
        """Write a job down and queue it: part of the step that causes it."""
        return (
            hset(names.job(job.id), self._fields(job)),
            zrem(JOBS_ASIDE, job.id),
            xadd(JOBS, {"id": job.id}),
        )

    async def note(self, fingerprint: str, entry: Entry) -> bool:
        """Record what was answered on the spot; False where this delivery was seen before."""
        return await self._once(fingerprint, entry, "answered")

    async def _once(
        self, fingerprint: str, entry: Entry, by: str, writes: tuple[Write, ...] = ()
    ) -> bool:
        seen = names.seen(fingerprint)
        step = Step((entry,), (set_(seen, by, SEEN_FOR), *writes), (absent(seen),))
        return isinstance(await self._ledger.commit(step), Applied)

    async def begin(self, job: Job, effect: str, entry: Entry) -> Job:
        """Write down what is about to be changed; doing so again changes nothing."""
        if job.effect == effect:
            return job
        writes = (hset(names.job(job.id), {"effect": effect}),)
        await self._ledger.commit(Step((entry,), writes))
        return replace(job, effect=effect)

    async def finish(self, job: Job, entry: Entry, done: Done | None = None) -> bool:
        """Close a job once, with what it did; False where it was closed before."""
        record = names.job(job.id)
        closing = (hset(record, {"finished": "1"}), expire(record, KEPT_FOR))
        writes = (*closing, *(_done(job, done) if done else ()))
        still_open = field_is(record, "finished", "0")
        step = Step((entry,), writes, (still_open,))
        return isinstance(await self._ledger.commit(step), Applied)

    async def set_aside(self, job: Job, until: datetime) -> None:
        """Queue a job again at that time."""
        await self._store.call("ZADD", JOBS_ASIDE, str(until.timestamp()), job.id)

    async def take_up(self, now: datetime) -> int:
        """Queue those that were set aside until now, each once."""
        keys = (JOBS_ASIDE, JOBS)
        queued = await self._store.call("EVAL", _TAKE_UP, "2", *keys, str(now.timestamp()))
        return int(str(queued))

    async def last_change(self, api_key: str) -> LastChange | None:
        """What Keysmith did to a key last."""
        found = await self._store.fields(names.last_change(api_key))
        if not found:
            return None
        at = datetime.fromisoformat(found["at"])
        return LastChange(found["change"], found["by"], at, found[CHANGE_JOB])

    async def load(self, job_id: str) -> Job | None:
        """Read a job back; None where it is no longer kept."""
        found = await self._store.fields(names.job(job_id))
        return self._job(job_id, found) if found else None

    def _fields(self, job: Job) -> dict[str, str]:
        return {
            "actor": str(job.actor),
            "text": job.text,
            "action": job.action,
            "url": self._sealer.seal(job.reply.url),
            "view": job.reply.view_id,
            "trigger": self._sealer.seal(job.reply.trigger),
            "replace": "1" if job.reply.replace else "",
            "home": "1" if job.reply.home else "",
            "request": job.request,
            "at": job.accepted_at.isoformat(),
            "page": str(job.page),
            "effect": job.effect,
            "finished": "0",
        }

    def _job(self, job_id: str, found: dict[str, str]) -> Job:
        opened = self._sealer.open
        return Job(
            id=job_id,
            actor=Actor.parse(found["actor"]),
            text=found["text"],
            action=found["action"],
            reply=Reply(
                opened(found["url"]),
                found["view"],
                opened(found["trigger"]),
                bool(found["replace"]),
                bool(found.get("home")),
            ),
            accepted_at=datetime.fromisoformat(found["at"]),
            page=int(found["page"]),
            effect=found["effect"],
            finished=found["finished"] == "1",
            request=found.get("request", ""),
        )


def _done(job: Job, done: Done) -> list[Write]:
    change, record = done.change, names.last_change(done.api_key)
    at = change.at.isoformat()
    fields = {"change": change.change, "by": change.by, "at": at, CHANGE_JOB: change.job}
    writes = [hset(record, fields), expire(record, CHANGE_KEPT_FOR)]
    if done.notice:
        writes.append(xadd(NOTICES, {"text": done.notice, "by": job.actor.user_id}))
    return writes
