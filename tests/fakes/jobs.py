"""Jobs in memory: the port `Jobs`. The contract suite also runs on `RedisJobs`."""

from dataclasses import replace
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.jobs import Job
from bot.domain.key_records import changed
from bot.domain.keys import LastChange
from bot.errors import StoreError
from bot.flows.ports import Done
from tests.fakes.key_records import FakeKeyRecords


class FakeJobs:
    """`entries` is the audit log, `queue` the queued ids, `notices` the security channel's notices.

    While `away` is set, every call fails.
    """

    def __init__(self) -> None:
        self.away = False
        self.entries: list[Entry] = []
        self.queue: list[str] = []
        self.notices: list[str] = []
        self.records = FakeKeyRecords()
        self._seen: set[str] = set()
        self._kept: dict[str, Job] = {}
        self._changes: dict[str, LastChange] = {}
        self._aside: dict[str, datetime] = {}

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Store and queue a job, once per delivery."""
        if not await self.note(fingerprint, entry):
            return False
        self.put(job)
        return True

    def put(self, job: Job) -> None:
        """Store and queue a job that another step creates."""
        self._kept[job.id] = job
        self._aside.pop(job.id, None)
        self.queue.append(job.id)

    async def keep(self, job: Job, entry: Entry) -> bool:
        """Store a job that another one runs, once."""
        self._answers()
        if job.id in self._kept:
            return False
        self._kept[job.id] = job
        self.entries.append(entry)
        return True

    async def note(self, fingerprint: str, entry: Entry) -> bool:
        """Write the audit entry of an answer, once per delivery."""
        self._answers()
        if fingerprint in self._seen:
            return False
        self._seen.add(fingerprint)
        self.entries.append(entry)
        return True

    async def begin(self, job: Job, effect: str, entry: Entry, done: Done | None = None) -> Job:
        """Store the intent of an effect, once."""
        self._answers()
        kept = self._kept.get(job.id)
        if kept is None or kept.finished is not job.finished:
            raise StoreError("the job is gone, or was closed meanwhile")
        if job.effect == effect:
            return job
        self.entries.append(entry)
        self._kept[job.id] = replace(self._kept[job.id], effect=effect, begun_at=entry.at)
        if done:
            self.last_changed(done)
        return replace(job, effect=effect, begun_at=entry.at)

    def mark(self, job: Job) -> bool:
        """Store the effect of an open job without one, if it is kept, as part of another step."""
        kept = self._kept.get(job.id)
        if kept and (kept.finished or kept.effect):
            return False
        if kept:
            self._kept[job.id] = replace(kept, effect=job.effect)
        return True

    async def finish(self, job: Job, entry: Entry, done: Done | None = None) -> bool:
        """Finish a job, once."""
        self._answers()
        kept = self._kept.get(job.id)
        if kept is None or kept.finished:
            return False
        self._kept[job.id] = replace(kept, finished=True, passphrase="")
        self.entries.append(entry)
        if done:
            self.last_changed(done)
        if done and done.key:
            self.records.touch(changed(done.key, done.change, job.actor, job.begun_at))
        return True

    def last_changed(self, done: Done) -> None:
        """Store the last change of a key, and its notice."""
        self._changes[done.api_key] = done.change
        if done.notice:
            self.notices.append(done.notice)

    async def load(self, job_id: str) -> Job | None:
        """Read a job."""
        self._answers()
        return self._kept.get(job_id)

    async def set_aside(self, job: Job, until: datetime) -> None:
        """Queue a job again at this time."""
        self._answers()
        self._aside[job.id] = until

    async def take_up(self, now: datetime) -> int:
        """Queue every job whose time has come, once; gives their number."""
        self._answers()
        due = [id_ for id_, at in self._aside.items() if at <= now]
        for id_ in due:
            del self._aside[id_]
        self.queue += due
        return len(due)

    def set_change(self, done: Done) -> None:
        """Store a key's last change, as a part of another step."""
        self._changes[done.api_key] = done.change

    async def last_change(self, api_key: str) -> LastChange | None:
        """Give the last finished change of a key."""
        self._answers()
        return self._changes.get(api_key)

    def _answers(self) -> None:
        if self.away:
            raise StoreError("away")
