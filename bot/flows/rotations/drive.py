"""Drives rotations on: each phase that is due, once, whichever process looks first.

The order of a step is lock, read again, effect, one conditional write with its notifications. What
a crash leaves:
- before the effect: the phase, which is due: another process begins with it again;
- after the effect, before the write: the same; the effect is found done, or repeated;
- after the write: the next phase.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.jobs import Job
from bot.domain.keys import Key
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import (
    Notification,
    Topic,
    in_thread,
    redraw,
    to_person,
    to_security,
)
from bot.domain.requests.rotation_times import end_of, nudged
from bot.domain.requests.terms import Waiver
from bot.domain.rotation import FINAL, STEPS, By, Phase, Rotation, Step, Trouble, step
from bot.errors import NotFound
from bot.flows.ports import Account, Clock, Done, Locks, PendingStore
from bot.flows.request_writer import RequestWriter
from bot.flows.rotation_ports import RotationPolicy
from bot.flows.rotations.effects import RotationEffects, Scene

AGAIN: Final = timedelta(seconds=30)
"""Pause before another test of a pair that Cloudinary refuses yet."""
HELD_FOR: Final = timedelta(minutes=5)
"""Pause before another look at a webhook signer."""
MOST: Final = 8
"""Steps that one look takes."""
BY_CLOCK: Final = frozenset({Step.DEPLOYED, Step.RIPEN})
TOLD: Final = FINAL | {
    *(Phase.UNTESTED, Phase.OVERLAP, Phase.SIGNING, Phase.SOAKING, Phase.RIPE),
}
"""Phases that wait for a person, or end it: its people hear of them."""


@dataclass(frozen=True)
class RotationDriver:
    """Takes the steps of rotations that no person takes."""

    account: Account
    locks: Locks
    writer: RequestWriter
    effects: RotationEffects
    clock: Clock
    policy: RotationPolicy
    pending: PendingStore

    async def drive(self, request: Request) -> Request:
        """Take every step that is due, and answer with the request as it is then."""
        for _ in range(MOST):
            after = await self._next(request)
            if after is None:
                break
            request = after
        return request

    async def _next(self, request: Request) -> Request | None:
        """Take one step; None if none is due, or another process took it."""
        now, rotation = self.clock.now(), request.rotation
        if rotation is None:
            return None
        ends = end_of(rotation)
        if ends is None or ends > now:
            reminded = nudged(rotation, now)
            if reminded == rotation:
                return None
            after = replace(request, rotation=reminded, version=request.version + 1)
            told = await self._told(request)
            return await self.writer.write(request, after, "rotation reminder", told)
        opens = await self._opening(request, rotation, now)
        if opens > now:
            return await self._wait(request, rotation, opens)
        async with self.locks.hold(f"environment:{request.terms.environment_id}"):
            fresh = await self.writer.requests.load(request.id)
            if fresh is None or fresh.version != request.version:
                return None
            scene = Scene(request, rotation, await self._keys(request), now)
            taken = await self.effects.of(scene)
            if taken is not None:
                by = By.CLOCK if taken.step in BY_CLOCK else By.ENGINE
                return await self.take(
                    request, taken.step, by, trouble=taken.trouble, done=taken.done
                )
        pause = HELD_FOR if rotation.phase is Phase.SIGNING else AGAIN
        await self.writer.requests.postpone(request, now + pause)
        return None

    async def _opening(self, request: Request, rotation: Rotation, now: datetime) -> datetime:
        """When Keysmith may disable the old key by itself; what is urgent waits for no window."""
        urgent = rotation.compromised or request.waived is Waiver.EMERGENCY
        if urgent or (rotation.phase, Step.DEPLOYED) not in STEPS:
            return now
        places = await self.account.environments()
        place = next((it for it in places if it.id == request.terms.environment_id), None)
        return self.policy.rotation_rules(place).opening(now) if place else now

    async def _wait(self, request: Request, rotation: Rotation, opens: datetime) -> Request | None:
        """Wait for the maintenance window; the card shows when the old key is disabled."""
        if rotation.phase is not Phase.OVERLAP:
            soon = self.clock.now() + HELD_FOR  # later, it would pass for one that was set aside
            await self.writer.requests.postpone(request, min(opens, soon))
            return None
        waiting = replace(rotation, until=opens)
        after = replace(request, rotation=waiting, version=request.version + 1)
        told = redraw(request.id, Topic.ROTATION)
        return await self.writer.write(request, after, "rotation waits for its window", (told,))

    async def _keys(self, request: Request) -> list[Key]:
        try:
            return await self.account.keys(request.terms.environment_id)
        except NotFound:
            return []  # with its environment

    async def take(
        self,
        request: Request,
        taken: Step,
        by: By,
        *,
        trouble: Trouble | None = None,
        grace: timedelta | None = None,
        job: Job | None = None,
        effect: str = "",
        done: Sequence[Done] = (),
    ) -> Request | None:
        """Write a step; None where the table has none, or another process wrote first."""
        now, rotation = self.clock.now(), request.rotation
        moved = rotation and step(rotation, taken, by, now, trouble=trouble, grace=grace)
        if moved is None:
            return None
        after = replace(request, rotation=moved, version=request.version + 1)
        passes = moved.compromised and moved.phase is Phase.OVERLAP and not trouble  # at once
        told: tuple[Notification, ...] = (redraw(request.id, Topic.ROTATION),)
        if taken is Step.EXTEND:  # however often it is pressed, no person gets a message each time
            told = (*told, in_thread(request.id, Topic.ROTATION))
        elif moved.phase in TOLD and not passes:
            told = await self._told(after)
        detail = f"rotation {taken} {trouble or ''}".rstrip()
        return await self.writer.write(request, after, detail, told, job, effect=effect, done=done)

    async def _told(self, request: Request) -> tuple[Notification, ...]:
        """Update card and thread, tell owner, co-owners and who asked; security of trouble."""
        topic, terms, rotation = Topic.ROTATION, request.terms, request.rotation
        own = await self.pending.owner_of(terms.key)
        also = [each.user_id for each in own.also] if own else []
        people = dict.fromkeys((terms.owner.user_id, terms.requester.user_id, *also))
        told = [to_person(request.id, topic, each) for each in people]
        if rotation and rotation.trouble:
            told.append(to_security(request.id, topic))
        return (redraw(request.id, topic), in_thread(request.id, topic), *told)
