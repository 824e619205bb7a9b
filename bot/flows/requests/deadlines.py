"""What time does to requests: reminders, expiry, warnings, and the end of granted access."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain.audit import AuditEvent, Entry
from bot.domain.keys import Key
from bot.domain.pending import PendingState
from bot.domain.requests.changes import expire
from bot.domain.requests.deadlines import Deadline, due, noticed
from bot.domain.requests.machine import Cause, Event, Moved, Request, State, move
from bot.domain.requests.notifications import (
    Notification,
    Topic,
    announce,
    in_thread,
    to_person,
    to_security,
)
from bot.errors import NotFound
from bot.flows.audit import about_request
from bot.flows.keys.create import CLOCK_SKEW
from bot.flows.ports import Account, Clock, Locks, PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.settle import settled

AGAIN = timedelta(seconds=30)
"""After which what failed is tried again; the outside needs a moment to come back."""
AT_ONCE = 50
"""Requests that one look takes up."""


@dataclass(frozen=True)
class DeadlineKeeper:
    """Looks at the requests whose time has come. Any number of processes may do so at once."""

    requests: Requests
    pending: PendingStore
    account: Account
    locks: Locks
    clock: Clock
    claim_ttl: timedelta

    async def look(self) -> list[Exception]:
        """Do what is due; gives what failed, which stays due."""
        failures = list[Exception]()
        for request in await self.requests.due(self.clock.now(), AT_ONCE):
            try:
                await self._attend(request)
            except Exception as error:  # noqa: BLE001  # the others must not miss their time
                failures.append(error)
                await self.requests.postpone(request, self.clock.now() + AGAIN)
        return failures

    async def _attend(self, request: Request) -> None:  # noqa: C901  # one case for each deadline
        if request.state is State.CLAIMABLE and await self._claimed(request):
            return
        deadline = due(request, self.claim_ttl, self.clock.now())
        match deadline:
            case None:
                await self.requests.settle(request)
            case Deadline.EXPIRE:
                await self._expire(request)
            case Deadline.REMIND:
                await self._notice(request, (in_thread(request.id, Topic.REMINDER),))
            case Deadline.LAPSE:
                await self._lapse(request)
            case Deadline.WARN:
                owner = request.terms.owner.user_id
                await self._notice(request, (to_person(request.id, Topic.ENDING, owner),))
            case Deadline.END:
                await self._end(request)
            case Deadline.ESCALATE:
                wider = replace(request, escalated=True)
                await self._notify(wider, (in_thread(request.id, Topic.ESCALATED),))
            case Deadline.REVIEW_REMINDER:
                review_reminders = replace(
                    request,
                    review_reminders=request.review_reminders + 1,
                    review_reminded_at=self.clock.now(),
                )
                await self._notify(
                    review_reminders,
                    (
                        in_thread(request.id, Topic.REVIEW_REMINDER),
                        to_security(request.id, Topic.REVIEW_REMINDER),
                    ),
                )
            case Deadline.DELETE:
                await self._delete(request)
            case _:
                assert_never(deadline)

    async def _claimed(self, request: Request) -> bool:
        """Follow what became of the credentials: collected, or taken back by a disabling."""
        pending = await self.pending.find_pending(request.id)
        if pending is None or pending.state is PendingState.WAITING:
            return False
        if pending.state is PendingState.CLAIMED:
            await self._moved(request, Event.CLAIM, Cause.OWNER, Topic.CLAIMED)
        else:
            await self._moved(request, Event.LAPSE, Cause.ENGINE, Topic.LAPSED)
        return True

    async def _expire(self, request: Request) -> None:
        verdict = expire(request, self.clock.now())
        if isinstance(verdict, Moved):
            after = verdict.request
            notifications = settled(after, Topic.EXPIRED)
            await self.requests.replace(request, after, self._entry(after, "expire"), notifications)

    async def _lapse(self, request: Request) -> None:
        """Nobody collected: the key was never enabled, and stays so."""
        pending = await self.pending.find_pending(request.id)
        if pending:
            await self.pending.revoke(pending, self._entry(request, "lapse"))
            again = await self.pending.find_pending(request.id)
            if again and again.state is PendingState.CLAIMED:
                return  # it was collected a moment ago; the next look says so
        await self._moved(request, Event.LAPSE, Cause.CLOCK, Topic.LAPSED)

    async def _end(self, request: Request) -> None:
        """End granted access: the key is disabled, however often this is tried."""
        place = request.terms.environment_id
        async with self.locks.hold(f"environment:{place}"):  # a renewal comes before or after
            now = await self.requests.load(request.id)
            if now and now.version == request.version:
                await self._disable(request)

    async def _disable(self, request: Request) -> None:
        place = request.terms.environment_id
        with contextlib.suppress(NotFound):  # nothing is left that could work
            await self.account.set_enabled(place, request.made, enabled=False)
        after = replace(request, ended=True, version=request.version + 1)
        notifications = announce(request.id, Topic.ENDED, to=request.terms.owner.user_id)
        await self.requests.replace(request, after, self._entry(after, "end"), notifications)

    async def _notice(self, request: Request, notifications: Sequence[Notification]) -> None:
        await self._notify(noticed(request, self.clock.now()), notifications)

    async def _notify(self, changed: Request, notifications: Sequence[Notification]) -> None:
        """Remember that something was said, together with saying it."""
        after = replace(changed, version=changed.version + 1)
        await self.requests.replace(
            changed, after, self._entry(after, notifications[0].topic), notifications
        )

    async def _delete(self, request: Request) -> None:
        """Delete a key that has soaked, unless somebody enabled it, or changed it since."""
        place, key = request.terms.environment_id, request.terms.key
        async with self.locks.hold(f"environment:{place}"):
            keys = await self.account.keys(place)
            there = next((each for each in keys if each.api_key == key), None)
            kept = there is not None and (there.enabled or _changed(there, request.since))
            if there and not kept:
                with contextlib.suppress(NotFound):  # somebody was faster
                    await self.account.delete(place, key)
        topic = Topic.RESTORED if kept else Topic.DELETED
        notifications = settled(request, topic)
        await self._notify(replace(request, delete_at=None, outcome=topic), notifications)

    async def _moved(self, request: Request, event: Event, cause: Cause, topic: Topic) -> None:
        verdict = move(request, event, cause, self.clock.now())
        if isinstance(verdict, Moved):
            after = noticed(replace(verdict.request, noticed=0), self.clock.now())
            notifications = settled(after, topic)
            await self.requests.replace(request, after, self._entry(after, event), notifications)

    def _entry(self, request: Request, detail: str) -> Entry:
        return Entry(
            at=self.clock.now(),
            event=AuditEvent.MOVED,
            action=request.terms.action,
            job=request.id,
            target=about_request(request),
            detail=detail,
        )


def _changed(key: Key, since: datetime) -> bool:
    """Whether a key was touched after it was disabled for good: perhaps it was in use again."""
    return key.updated_at is not None and key.updated_at > since + CLOCK_SKEW
