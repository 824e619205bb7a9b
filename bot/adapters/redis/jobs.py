"""Jobs in Redis: stored by the step that records them, and read from a stream by workers.

A stream with a consumer group is the queue, so that accepting a command, its audit entry and its
place in the queue are one atomic step; a job library would make them two.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.adapters.redis import names, steps
from bot.adapters.redis.key_record_form import touched
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import (
    CHANGE_JOB,
    JOBS,
    JOBS_ASIDE,
    JOBS_RESERVED,
    JOBS_RESERVED_ASIDE,
    NOTICES,
)
from bot.adapters.redis.records import ACTOR, FLAG, NOT_READ, PLAIN, TIME, Form, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Applied, Guard, Lost, Step, Write
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer
from bot.domain.audit import Entry
from bot.domain.commands.grammar import Misunderstood, read
from bot.domain.jobs import Job, Reply
from bot.domain.key_records import changed
from bot.domain.keys import LastChange
from bot.domain.lanes import Lane, lane_of
from bot.domain.people import Actor
from bot.errors import AlteredRecord, SealError, StoreError, Unread
from bot.flows.ports import Done

SEEN_FOR: Final = 600  # seconds that a delivery is remembered: twice what Slack's signature allows
KEPT_FOR: Final = 86_400  # seconds for a finished job; an open one is kept until it is finished
PART_KEPT_FOR: Final = 30 * 86_400  # seconds for a part of a bulk act, which no queue holds
TRIES: Final = 10  # of changing a job that another worker changes meanwhile
CHANGE_KEPT_FOR: Final = 90 * 86_400  # seconds for a key's last change; the audit log keeps all
CLOSED: Final = "the job is gone, or was closed meanwhile"

QUEUES: Final = {
    Lane.NORMAL: (JOBS_ASIDE, JOBS),
    Lane.RESERVED: (JOBS_RESERVED_ASIDE, JOBS_RESERVED),
}
"""Of each lane: what is set aside, and the queue."""

WHEN: Final = Form(
    lambda at: at.isoformat() if at else "",
    lambda found: datetime.fromisoformat(found) if found else None,
)
JOB: Final = Record(
    Job,
    ACTOR("actor"),
    PLAIN("text", "action", "request", "effect", "trace", "part_of", "passphrase"),
    TIME(at="accepted_at"),
    WHEN("begun_at"),
    Form(str, int)("page"),
    Form(lambda it: "1" if it else "0", lambda found: found == "1")("finished"),
)
LAST_CHANGE: Final = Record(
    LastChange,
    PLAIN("change", "by", **{CHANGE_JOB: "job"}),
    TIME("at"),
    WHEN("disabled_at"),
    PLAIN("deletion"),
    FLAG("worked"),
    PLAIN("brownout"),
)

_TAKE_UP: Final = """
-- Only XADD can fail here, and it comes before the ZREM of its id: a job that can't be queued
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

    def __init__(self, store: Store, ledger: Ledger, signed: Signed, sealer: FieldSealer) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed
        sealed = Form(sealer.seal, sealer.open)
        self._reply = Record(
            Reply,
            sealed("url", "trigger"),
            PLAIN("channel", "thread", view="view_id"),
            FLAG("replace", "home", "aloud"),
        )

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Store, record and queue a job; False where this delivery was seen before."""
        return await self._once(fingerprint, entry, job.id, self.queueing(job))

    def queueing(self, job: Job) -> tuple[Write, ...]:
        """Store a job and queue it: part of the step that causes it."""
        fields = JOB.write(job) | self._reply.write(job.reply) | {"finished": "0"}
        return (
            self._signed.hset(names.job(job.id), fields),
            *(steps.zrem(aside, job.id) for aside, _ in QUEUES.values()),
            steps.xadd(_queues(job)[1], {"id": job.id, "by": str(job.actor)}),
        )

    async def keep(self, job: Job, entry: Entry) -> bool:
        """Store and record a job that another one runs; False where it is stored already."""
        record = names.job(job.id)
        fields = JOB.write(job) | self._reply.write(job.reply) | {"finished": "0"}
        written = (self._signed.hset(record, fields), steps.expire(record, PART_KEPT_FOR))
        return await self._ledger.write(entry, written, steps.absent(record))

    async def note(self, fingerprint: str, entry: Entry) -> bool:
        """Record what was answered on the spot; False where this delivery was seen before."""
        return await self._once(fingerprint, entry, "answered")

    async def _once(
        self, fingerprint: str, entry: Entry, by: str, writes: tuple[Write, ...] = ()
    ) -> bool:
        seen = names.seen(fingerprint)
        marked = steps.set_(seen, by, SEEN_FOR)
        return await self._ledger.write(
            entry, (marked, *writes), steps.absent(seen), replicated=True
        )

    async def begin(self, job: Job, effect: str, entry: Entry, done: Done | None = None) -> Job:
        """Store what is about to be changed; doing so again changes nothing.

        A job that another process has closed meanwhile begins nothing.
        """
        record, begun_at = names.job(job.id), entry.at.isoformat()
        finished = "1" if job.finished else "0"  # 0.1.0 closes jobs that a request needs again
        if job.effect == effect:
            if (await self._signed.read(record)).get("finished") != finished:
                raise StoreError(CLOSED)
            return job
        as_read = steps.field_is(record, "finished", finished)
        beside = self.last_changed(done, job) if done else ()
        for _ in range(TRIES):
            change, same = await self._signed.change(record, effect=effect, begun_at=begun_at)
            match await self._ledger.commit(Step((entry,), (change, *beside), (as_read, same))):
                case Applied():
                    return replace(job, effect=effect, begun_at=entry.at)
                case Lost(place=0):
                    raise StoreError(CLOSED)
        raise StoreError("the job keeps changing")

    async def marked(self, job: Job) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
        """Give what stores the effect of an open job that has none, for a step of another store.

        So no worker that comes late decides again. Nothing for a job that is not stored: the
        shell's runs once.
        """
        record = names.job(job.id)
        if not await self._store.call("EXISTS", record):
            return (), ()
        change, same = await self._signed.change(record, effect=job.effect)
        without = steps.field_is(record, "effect", "")
        return (change,), (steps.field_is(record, "finished", "0"), without, same)

    async def finish(
        self, job: Job, entry: Entry, done: Done | None = None, beside: Sequence[Write] = ()
    ) -> bool:
        """Close a job once, with what it did; False where it was closed before.

        `beside` is written in the same step.
        """
        record = names.job(job.id)
        open_ = steps.field_is(record, "finished", "0")
        beside = (*beside, *(self.last_changed(done, job) if done else ()))
        for _ in range(TRIES):
            try:
                change, same = await self._signed.change(record, finished="1", passphrase="")
            except AlteredRecord:
                return False  # it stays as it is: nothing of it may be written again
            recorded, as_read = await self.recorded(done, job.actor, job.begun_at)
            writes = (change, steps.expire(record, KEPT_FOR), *beside, *recorded)
            match await self._ledger.commit(Step((entry,), writes, (open_, same, *as_read))):
                case Applied():
                    return True
                case Lost(place=0):
                    return False
        raise StoreError("the job keeps changing")

    async def set_aside(self, job: Job, until: datetime) -> None:
        """Queue a job again at that time."""
        await self._store.call("ZADD", _queues(job)[0], str(until.timestamp()), job.id)

    async def take_up(self, now: datetime) -> int:
        """Queue the jobs that were set aside until now, each once; returns how many."""
        queued = 0
        for keys in reversed(QUEUES.values()):
            due = await self._store.call("EVAL", _TAKE_UP, "2", *keys, str(now.timestamp()))
            queued += int(str(due))
        return queued

    async def last_change(self, api_key: str) -> LastChange | None:
        """Read the last change that Keysmith made to a key. May raise `AlteredRecord`."""
        found = await self._signed.read(names.last_change(api_key))
        return LAST_CHANGE.read(found) if found else None

    async def load(self, job_id: str) -> Job | None:
        """Read a job; None where it is no longer kept, or not believed.

        Raises:
            Unread: this process lacks its key, or a newer version wrote it.

        """
        found = await self._signed.find(names.job(job_id))
        if not found:
            return None
        try:
            job = JOB.read(found, id=job_id, reply=self._reply.read(found))
        except (SealError, *NOT_READ) as error:
            raise Unread(f"the job can't be read: {error!r}") from error
        if not job.request and isinstance(read(job.text), Misunderstood):
            raise Unread("the job has a command of another version")  # no intake stores such a job
        return job

    async def recorded(
        self, done: Done | None, by: Actor | None, began: datetime | None = None
    ) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
        """Write the change to the record of its key."""
        event = changed(done.key, done.change, by, began) if done and done.key else None
        return await touched(self._signed, event)

    def last_changed(self, done: Done, job: Job | None = None) -> Sequence[Write]:
        """Store a key's last change, and its notice for security: part of a step."""
        record = names.last_change(done.api_key)
        change = self._signed.hset(record, LAST_CHANGE.write(done.change))
        writes = [change, steps.expire(record, CHANGE_KEPT_FOR)]
        if done.notice:
            writes.append(
                steps.xadd(NOTICES, {"text": done.notice, "by": job.actor.user_id if job else ""})
            )
        return writes


def _queues(job: Job) -> tuple[str, str]:
    return QUEUES[lane_of(read(job.text))]
