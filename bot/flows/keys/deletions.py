"""Finds the scheduled deletion of a key by one look-up, and takes it back."""

from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.jobs import Job
from bot.domain.keys import Key, LastChange, Located
from bot.domain.requests.deletions import Deletion, deletion_of
from bot.domain.requests.notifications import Topic, in_thread, redraw, to_person
from bot.errors import AlteredRecord, Unread
from bot.flows.ports import Jobs
from bot.flows.request_writer import RequestWriter


@dataclass(frozen=True)
class Deletions:
    """Finds the deletion of a key, and takes it back."""

    jobs: Jobs
    writer: RequestWriter

    async def of(self, key: Key, last: LastChange | None) -> Deletion | None:
        """The deletion that the key's last change names, if it will happen."""
        if last is None:
            return None
        request = await self.writer.requests.load(last.deletion or last.job)
        return deletion_of(key, last, request)

    async def find(self, key: Key) -> Deletion | None:
        """Find the deletion of a key; None where what is stored about it is not believed."""
        if key.enabled:  # most keys of a list: this saves their look-ups
            return None
        with suppress(AlteredRecord, Unread):
            return await self.of(key, await self.jobs.last_change(key.api_key))
        return None

    async def dated(self, here: Located) -> Located:
        """Add when the key is deleted, if that is scheduled."""
        found = await self.find(here.key)
        return replace(here, deletes_at=found.request.delete_at) if found else here

    async def take_back(self, job: Job, request_id: str) -> None:
        """Store that the key is kept, once; its card and its requester learn it."""
        while request_id and (request := await self.writer.requests.load(request_id)):
            if request.delete_at is None:
                return
            version, by = request.version + 1, job.actor.user_id
            over = replace(request, delete_at=None, outcome=Topic.RESTORED, version=version)
            told = [redraw(request.id, Topic.RESTORED)]
            told.append(in_thread(request.id, Topic.RESTORED, by=by))
            if request.terms.requester != job.actor:
                to = request.terms.requester.user_id
                told.append(to_person(request.id, Topic.RESTORED, to, by=by))
            if await self.writer.write(request, over, Topic.RESTORED, told, job):
                return
