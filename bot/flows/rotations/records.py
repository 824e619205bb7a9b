"""What is stored of the keys of a rotation: who stopped one, and what the rotation did to it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.domain.brownouts import Ending
from bot.domain.drift import OWN, Drifted, OwnAct
from bot.domain.key_records import Happened
from bot.domain.keys import ROTATED, Change, Key, LastChange, overtaken
from bot.domain.requests.machine import Request
from bot.errors import AlteredRecord
from bot.flows.keys.brownouts import Brownouts
from bot.flows.ports import Changes, Done, PendingStore
from bot.flows.reconcile_ports import OwnActs
from bot.flows.request_writer import RequestWriter


@dataclass(frozen=True)
class RotationRecords:
    """Reads and prepares them; the step of the rotation stores what it did."""

    pending: PendingStore
    changes: Changes
    writer: RequestWriter
    own: OwnActs

    async def lost(
        self, request: Request, key: Key, what: Drifted, now: datetime, change: str = ""
    ) -> tuple[Done, ...]:
        """Tell of what this phase did to a key before its process died; nothing if it did not.

        What another job of a person did meanwhile is told by that.
        """
        since = request.rotation.since if request.rotation else now
        name = key.name if what is Drifted.RENAMED else ""
        act = OwnAct(request.terms.environment_id, key.api_key, what, name)
        begun = (await self.own.begun([act])).get(act)
        if begun is None or begun < since:
            return ()
        with suppress(AlteredRecord):
            last = await self.changes.last_change(key.api_key)
            if last and last.job != request.id and last.at >= since:
                return ()
        return await self.done(request, key, change or OWN[what], now)

    async def done(
        self, request: Request, key: Key, change: str, now: datetime
    ) -> tuple[Done, ...]:
        """Tell of a change by its key afterwards, so that it is never taken for another's.

        A scheduled deletion and a person's disabling stay known; a brown-out ends where the
        rotation decides itself whether the key works.
        """
        try:
            last = await self.changes.last_change(key.api_key)
        except AlteredRecord:
            return ()
        by, job, at = request.asker.name, request.id, last.disabled if last else None
        if last is None or change in {Change.ENABLED, Happened.DELETED}:
            return (Done(key.api_key, LastChange(change, by, now, job, at), key=key),)
        dark = "" if change == ROTATED else last.brownout
        after = LastChange(change, by, now, job, at, last.deletion, last.worked, dark)
        return (Done(key.api_key, after, key=key),)

    async def end_brownout(self, api_key: str, ending: Ending) -> bool:
        """Let no brown-out enable the key any more; answers whether one had disabled it."""
        try:
            last = await self.changes.last_change(api_key)
        except AlteredRecord:
            return False
        await Brownouts(self.writer).end(last.brownout if last else "", ending)
        return bool(last and last.brownout)

    async def was_overtaken(self, request: Request, now: datetime) -> bool:
        """Whether a person disabled the old key since, or the access by it has ended.

        So too where that is not believed.
        """
        try:
            last = await self.changes.last_change(request.terms.key)
        except AlteredRecord:
            return True
        granted = await self.grant(request.terms.key)
        ended = granted is not None and granted.ends_at is not None and granted.ends_at <= now
        return overtaken(last, request.asked_at) or ended

    async def grant(self, api_key: str) -> Request | None:
        """Find the request that gave access by a key."""
        found = await self.pending.pending_for_key(api_key)
        return await self.writer.requests.load(found.id) if found else None
