"""Keeps the deadlines of requests: reminders, expiry, warnings, and the end of granted access."""

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, assert_never

from bot.domain.audit import AuditEvent
from bot.domain.keys import Key, ProtectionReason
from bot.domain.pending import PendingState
from bot.domain.requests.changes import expire
from bot.domain.requests.deadlines import Deadline, due, noticed
from bot.domain.requests.deletions import is_in_use, replaced
from bot.domain.requests.machine import Cause, Event, Request, State
from bot.domain.requests.notifications import (
    Notification,
    Topic,
    announce,
    in_thread,
    redraw,
    to_person,
    to_security,
)
from bot.domain.signing import Act, Planned, breakage
from bot.errors import AlteredRecord, NotFound
from bot.flows.correlation import about
from bot.flows.ports import Account, Changes, Clock, Locks, PendingStore
from bot.flows.request_writer import RequestWriter, to_requester
from bot.flows.requests.brownouts import BrownoutKeeper
from bot.flows.requests.collected import Collections
from bot.flows.requests.hear import Hearer

AGAIN = timedelta(seconds=30)
"""Pause before another attempt at a request that failed; an outage needs time to end."""
HELD_FOR = timedelta(minutes=5)
"""Pause before another look at access that a person has to make ready for its end."""
AT_ONCE = 50
"""Requests in one look."""


class RotationDriver(Protocol):
    """Takes the steps of rotations that are due."""

    async def drive(self, request: Request) -> Request:
        """Take every step that is due."""


@dataclass(frozen=True)
class DeadlineKeeper:
    """Looks at the requests that have something due. Any number of processes may do so at once."""

    writer: RequestWriter
    pending: PendingStore
    account: Account
    locks: Locks
    hearer: Hearer
    clock: Clock
    claim_ttl: timedelta
    changes: Changes
    rotations: RotationDriver

    @property
    def collections(self) -> Collections:
        """What follows credentials that wait for their owner."""
        return Collections(self.writer, self.pending, self.clock)

    @property
    def brownouts(self) -> BrownoutKeeper:
        """What enables keys again that were disabled for a time."""
        return BrownoutKeeper(self.writer, self.account, self.locks, self.changes)

    async def look(self) -> list[Exception]:
        """Do what is due and return the failures; what fails stays due."""
        failures = list[Exception]()
        requests = self.writer.requests
        for request in sorted(await requests.due(self.clock.now(), AT_ONCE), key=_reads_people):
            try:
                with about(request.id):
                    await self._attend(request)
            except Exception as error:  # noqa: BLE001  # the other requests must not wait for it
                failures.append(error)
                await requests.postpone(request, self.clock.now() + AGAIN)
        return failures

    async def _attend(self, request: Request) -> None:  # noqa: C901  # one case for each deadline
        if request.state is State.CLAIMABLE and await self._collected(request):
            return
        now = self.clock.now()
        deadline = due(request, self.claim_ttl, now)
        match deadline:
            case None:
                await self.writer.requests.schedule(request)
            case Deadline.EXPIRE:
                after = expire(request, now).request
                notifications = to_requester(request, Topic.EXPIRED)
                await self.writer.write(request, after, Event.EXPIRE, notifications)
            case Deadline.REMIND:
                await self._notify(noticed(request, now), *await self.hearer.remind(request))
            case Deadline.LAPSE:
                await self._lapse(request)
            case Deadline.WARN:
                people = await self._holders(request)
                warnings = [to_person(request.id, Topic.ENDING, each) for each in people]
                await self._notify(noticed(request, now), *warnings)
            case Deadline.END | Deadline.DELETE | Deadline.ENABLE:
                acts = {Deadline.END: self._end, Deadline.DELETE: self._delete}
                await acts.get(deadline, self.brownouts.enable)(request)
            case Deadline.ESCALATE:
                escalated = replace(request, escalated=True)
                changed, told = await self.hearer.tell(escalated, Topic.ESCALATED, more=True)
                await self._notify(changed, *told)
            case Deadline.TELL:
                changed, told = await self.hearer.tell(request)
                after = replace(changed, version=changed.version + 1)
                await self.writer.write(request, after, deadline, told)
            case Deadline.REVIEW_REMINDER:
                reminders = request.review_reminders + 1
                reminded = replace(request, review_reminders=reminders, review_reminded_at=now)
                thread = in_thread(request.id, Topic.REVIEW_REMINDER)
                await self._notify(reminded, thread, to_security(request.id, thread.topic))
            case Deadline.ROTATE:
                await self.rotations.drive(request)
            case _:
                assert_never(deadline)

    async def _collected(self, request: Request) -> bool:
        """Follow the pending credentials: the owner collected them, or a disabling revoked them."""
        if await self.collections.collected(request):
            return True
        pending = await self.pending.find_pending(request.id)
        if pending is None or pending.state is not PendingState.REVOKED:
            return False
        await self.collections.move(request, Event.LAPSE, Cause.ENGINE, Topic.LAPSED)
        return True

    async def _lapse(self, request: Request) -> None:
        """Revoke credentials that the owner did not collect: the key was never enabled."""
        pending = await self.pending.find_pending(request.id)
        if pending:
            closed = self.writer.entry(request, "revoked", event=AuditEvent.RELEASED)
            await self.pending.revoke(pending, closed)
            again = await self.pending.find_pending(request.id)
            if again and again.state is PendingState.CLAIMED:
                return  # the owner was faster; the next look moves the request
        await self.collections.move(request, Event.LAPSE, Cause.CLOCK, Topic.LAPSED)

    async def _end(self, request: Request) -> None:
        """End granted access: disable the key, however often this is tried.

        A key that signs webhooks, or is the last enabled one, waits for a person.
        """
        place = request.terms.environment_id
        async with self.locks.hold(f"environment:{place}"):  # a renewal comes before or after
            now = await self.writer.requests.load(request.id)
            if now is None or now.version != request.version:
                return
            if not await self.brownouts.let_end(request.made):
                await self.writer.requests.postpone(request, self.clock.now() + AGAIN)
                return
            if reason := await self._holds(place, request.made):
                await self._hold(request, reason)
                return
            with contextlib.suppress(NotFound):  # a key that is gone works no more either
                await self.account.set_enabled(place, request.made, enabled=False)
            over = replace(request, ended=True, enabling=False, held=None)
            after = replace(over, version=request.version + 1)
            told = await self._told(request, Topic.ENDED)
            await self.writer.write(request, after, "end", told)

    async def _holders(self, request: Request) -> list[str]:
        """The Slack users whose key it is by now: the owner, then the co-owners."""
        own = await self.pending.owner_of(request.made)
        holders = own.holders if own else (request.terms.owner,)
        return list(dict.fromkeys(each.user_id for each in holders))

    async def _told(self, request: Request, topic: Topic) -> tuple[Notification, ...]:
        owner, *others = await self._holders(request)
        beside = (to_person(request.id, topic, each) for each in others)
        return *announce(request.id, topic, to=owner), *beside

    async def _holds(self, place: str, api_key: str) -> ProtectionReason | None:
        """Tell what the end of access to a key would break."""
        keys: list[Key] = []
        with contextlib.suppress(NotFound):
            keys = await self.account.keys(place)
        key = next((each for each in keys if each.api_key == api_key), None)
        return breakage(keys, Planned(Act.DISABLE, key)) if key else None

    async def _hold(self, request: Request, reason: ProtectionReason) -> None:
        """Leave the key enabled: owner and security hear of it once, and it is looked at again."""
        after: Request | None = request
        if reason is not request.held:
            security = to_security(request.id, Topic.HELD)
            told = (*await self._told(request, Topic.HELD), security)
            held = replace(request, held=reason, version=request.version + 1)
            again = (redraw(request.id, Topic.HELD),)
            after = await self.writer.write(request, held, "held", again if request.held else told)
        if after:
            await self.writer.requests.postpone(after, self.clock.now() + HELD_FOR)

    async def _delete(self, request: Request) -> None:
        """Delete a key that soaked, unless it was restored or changed since it was disabled."""
        place, api_key = request.terms.environment_id, request.terms.key
        async with self.locks.hold(f"environment:{place}"):  # a restore comes before or after
            now = await self.writer.requests.load(request.id)
            if now is None or now.version != request.version:
                return
            keys = await self.account.keys(place)
            key = next((each for each in keys if each.api_key == api_key), None)
            restored = key is not None and (
                is_in_use(key, request) or await self._replaced(request, api_key)
            )
            if key and not restored:
                with contextlib.suppress(NotFound):  # deleted at Cloudinary a moment ago
                    await self.account.delete(place, api_key)
        topic = Topic.RESTORED if restored else Topic.DELETED
        over = replace(request, delete_at=None, outcome=topic)
        await self._notify(over, *to_requester(request, topic))

    async def _replaced(self, request: Request, api_key: str) -> bool:
        """Whether the deletion no longer stands; where that is not believed, nothing is deleted."""
        try:
            return replaced(request, await self.changes.last_change(api_key))
        except AlteredRecord:
            return True

    async def _notify(self, changed: Request, *notifications: Notification) -> None:
        """Store that notifications were sent, together with the notifications."""
        after = replace(changed, version=changed.version + 1)
        await self.writer.write(changed, after, notifications[0].topic, notifications)


def _reads_people(request: Request) -> bool:
    """Whether this may wait for Slack and Cloudinary: what only the clock settles goes first."""
    return request.state is State.PENDING
