"""Enables keys again whose brown-out is over.

The order is lock, read again, intent, effect, end. What a crash leaves:
- before the intent: a brown-out that is due, and the next look begins;
- after the intent: the next look enables the key, or finds it enabled and knows that it was this;
- after the end: nothing is due.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.brownouts import LATE, Ending
from bot.domain.keys import Key, LastChange, overtaken
from bot.domain.requests.brownouts import ending_of, last_after, over, told, told_of_end
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic, to_security
from bot.errors import AlteredRecord, KeysmithError, NotFound
from bot.flows.keys.brownouts import Brownouts
from bot.flows.ports import Account, Changes, Done, Locks
from bot.flows.request_writer import RequestWriter


@dataclass(frozen=True)
class BrownoutKeeper:
    """Ends brown-outs by the clock. Any number of processes may do so at once."""

    writer: RequestWriter
    account: Account
    locks: Locks
    changes: Changes

    async def enable(self, request: Request) -> None:
        """Enable a key again, however often this is tried; what fails for long is told once."""
        try:
            async with self.locks.hold(f"environment:{request.terms.environment_id}"):
                now = await self.writer.requests.load(request.id)
                if now and now.version == request.version:
                    await self._enable(now)
        except KeysmithError:
            await self._late(request.id)
            raise

    async def _enable(self, request: Request) -> None:
        terms, last = request.terms, None
        keys = await self._keys(terms.environment_id)
        with suppress(AlteredRecord):  # one that is not believed counts as none
            last = await self.changes.last_change(terms.key)
        ending = ending_of(request, keys, last)
        if ending is Ending.ENABLED and overtaken(last, request.since):
            ending = Ending.STOPPED
        works = any(key.api_key == terms.key and key.enabled for key in keys)
        if ending is Ending.ENABLED and not works:
            begun = await self._begin(request)
            if begun is None:
                return
            request = begun
            try:
                await self.account.set_enabled(terms.environment_id, terms.key, enabled=True)
            except NotFound:
                ending = Ending.GONE
        await self._end(request, ending, last)

    async def let_end(self, api_key: str) -> bool:
        """End the brown-out of a key to which the access ends.

        One that moved the webhook signer comes first: False, because the key is to be signer again.
        """
        with suppress(AlteredRecord):  # then no brown-out enables it
            last = await self.changes.last_change(api_key)
            dark = await self.writer.requests.load(last.brownout) if last else None
            if dark and dark.enable_at and dark.terms.signer:
                return False
            await Brownouts(self.writer).end(dark.id if dark else "", Ending.ACCESS)
        return True

    async def _keys(self, place: str) -> list[Key]:
        with suppress(NotFound):  # the environment is gone, and the key with it
            return await self.account.keys(place)
        return []

    async def _begin(self, request: Request) -> Request | None:
        """Write the intent, by which a key that is enabled is known to be enabled by this."""
        brownout = request.brownout
        if brownout is None or brownout.enabling:
            return request
        begun = replace(brownout, enabling=True)
        after = replace(request, brownout=begun, version=request.version + 1)
        return await self.writer.write(request, after, "enable", event=AuditEvent.BEGUN)

    async def _end(self, request: Request, ending: Ending, last: LastChange | None) -> None:
        now = self.writer.audit_log.clock.now()
        after, change = over(request, ending, now), last_after(request, ending, last, now)
        done = (Done(request.terms.key, change),) if change else ()
        notifications = told_of_end(request, ending)
        event = AuditEvent.DONE if ending is Ending.ENABLED else AuditEvent.MOVED
        detail = f"brownout {ending}"
        await self.writer.write(request, after, detail, notifications, event=event, done=done)

    async def _late(self, request_id: str) -> None:
        """Tell once that the key is still disabled, after some attempts."""
        request = await self.writer.requests.load(request_id)
        brownout = request.brownout if request else None
        now = self.writer.audit_log.clock.now()
        if request is None or brownout is None or brownout.enable_at is None or brownout.late:
            return
        if now - brownout.enable_at < LATE or request.state is State.FAILED:
            return
        late = replace(brownout, late=True)
        after = replace(request, brownout=late, version=request.version + 1)
        topic = Topic.BROWNOUT_LATE
        notifications = (*told(request, topic), to_security(request.id, topic))
        await self.writer.write(request, after, topic, notifications)
