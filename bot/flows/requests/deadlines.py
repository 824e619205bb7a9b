"""What time does to requests: reminders, expiry, warnings, and the end of granted access."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain.alarms import Alarm, due, noticed
from bot.domain.audit import Deed, Entry
from bot.domain.claims import ClaimState
from bot.domain.keys import Key
from bot.domain.moving import expire
from bot.domain.requests import Cause, Event, Moved, Request, State, move
from bot.domain.sayings import Saying, Topic, announce, in_thread, to_person, to_security
from bot.errors import NotFound
from bot.flows.audit import about_request
from bot.flows.keys.create import CLOCK_SKEW
from bot.flows.ports import Account, Claims, Clock, Locks
from bot.flows.request_ports import Requests
from bot.flows.requests.settle import settled

AGAIN = timedelta(seconds=30)
"""After which what failed is tried again; the outside needs a moment to come back."""
AT_ONCE = 50
"""Requests that one look takes up."""


@dataclass(frozen=True)
class Ticker:
    """Looks at the requests whose time has come. Any number of processes may do so at once."""

    requests: Requests
    claims: Claims
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

    async def _attend(self, request: Request) -> None:  # noqa: C901  # one case for each alarm
        if request.state is State.CLAIMABLE and await self._claimed(request):
            return
        alarm = due(request, self.claim_ttl, self.clock.now())
        match alarm:
            case None:
                await self.requests.settle(request)
            case Alarm.EXPIRE:
                await self._expire(request)
            case Alarm.REMIND:
                await self._notice(request, (in_thread(request.id, Topic.REMINDER),))
            case Alarm.LAPSE:
                await self._lapse(request)
            case Alarm.WARN:
                owner = request.terms.owner.user_id
                await self._notice(request, (to_person(request.id, Topic.ENDING, owner),))
            case Alarm.END:
                await self._end(request)
            case Alarm.ESCALATE:
                wider = replace(request, escalated=True)
                await self._say(wider, (in_thread(request.id, Topic.ESCALATED),))
            case Alarm.NAG:
                nagged = replace(request, nagged=request.nagged + 1, nagged_at=self.clock.now())
                await self._say(
                    nagged,
                    (in_thread(request.id, Topic.NAG), to_security(request.id, Topic.NAG)),
                )
            case Alarm.DELETE:
                await self._delete(request)
            case _:
                assert_never(alarm)

    async def _claimed(self, request: Request) -> bool:
        """Follow what became of the credentials: collected, or taken back by a disabling."""
        claim = await self.claims.find_claim(request.id)
        if claim is None or claim.state is ClaimState.WAITING:
            return False
        if claim.state is ClaimState.CLAIMED:
            await self._moved(request, Event.CLAIM, Cause.OWNER, Topic.CLAIMED)
        else:
            await self._moved(request, Event.LAPSE, Cause.ENGINE, Topic.LAPSED)
        return True

    async def _expire(self, request: Request) -> None:
        verdict = expire(request, self.clock.now())
        if isinstance(verdict, Moved):
            after = verdict.request
            says = settled(after, Topic.EXPIRED)
            await self.requests.replace(request, after, self._entry(after, "expire"), says)

    async def _lapse(self, request: Request) -> None:
        """Nobody collected: the key was never enabled, and stays so."""
        claim = await self.claims.find_claim(request.id)
        if claim:
            await self.claims.revoke(claim, self._entry(request, "lapse"))
            again = await self.claims.find_claim(request.id)
            if again and again.state is ClaimState.CLAIMED:
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
        says = announce(request.id, Topic.ENDED, to=request.terms.owner.user_id)
        await self.requests.replace(request, after, self._entry(after, "end"), says)

    async def _notice(self, request: Request, says: Sequence[Saying]) -> None:
        await self._say(noticed(request, self.clock.now()), says)

    async def _say(self, changed: Request, says: Sequence[Saying]) -> None:
        """Remember that something was said, together with saying it."""
        after = replace(changed, version=changed.version + 1)
        await self.requests.replace(changed, after, self._entry(after, says[0].topic), says)

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
        says = settled(request, topic)
        await self._say(replace(request, delete_at=None, outcome=topic), says)

    async def _moved(self, request: Request, event: Event, cause: Cause, topic: Topic) -> None:
        verdict = move(request, event, cause, self.clock.now())
        if isinstance(verdict, Moved):
            after = noticed(replace(verdict.request, noticed=0), self.clock.now())
            says = settled(after, topic)
            await self.requests.replace(request, after, self._entry(after, event), says)

    def _entry(self, request: Request, detail: str) -> Entry:
        return Entry(
            at=self.clock.now(),
            deed=Deed.MOVED,
            action=request.terms.action,
            errand=request.id,
            target=about_request(request),
            detail=detail,
        )


def _changed(key: Key, since: datetime) -> bool:
    """Whether a key was touched after it was disabled for good: perhaps it was in use again."""
    return key.updated_at is not None and key.updated_at > since + CLOCK_SKEW
