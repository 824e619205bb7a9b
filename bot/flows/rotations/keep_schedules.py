"""Keeps schedules of rotation: notices, then the rotation itself in the name of their person.

Any number of processes may look. A rotation is opened under an id that follows from the schedule
and its date, then the schedule is written with it: what a crash leaves is an opened rotation, which
the next look finds. Who may is read fresh. What can't begin is told once, and the schedule stands
still until a person sets it again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain import durations
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.grammar import render
from bot.domain.commands.rotations import RotateKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Key, Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, TurnedAway
from bot.domain.policy import Action, Refused
from bot.domain.requests.hours import Listener, wakes_at
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Notification, Topic, to_person, to_security
from bot.domain.rotation import Phase
from bot.domain.rotation_schedules import (
    LOOK_AGAIN,
    MOST_PUT_OFF,
    RotationNews,
    RotationSchedule,
    Standstill,
    notices_due,
)
from bot.errors import NotFound, SlackError
from bot.flows.identity import Identified, People
from bot.flows.plan import Plan
from bot.flows.ports import AccountReader, Clock, Locks, PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.open import request_id
from bot.flows.rotation_ports import Looker, RotationPolicy, RotationSchedules
from bot.flows.rotations.plan import RotationPlanner

AT_ONCE: Final = 20
"""Schedules in one look."""
AGAIN: Final = timedelta(minutes=5)
"""Pause before another look at one that failed; an outage needs time to end."""
ROOM_AFTER: Final = timedelta(hours=1)
"""Pause where the person has too many open requests."""
TOO_MUCH: Final = frozenset({NotAskableReason.TOO_MANY, NotAskableReason.TOO_OFTEN})
_STOPS: Final = {
    RotationStop.DELETION: Standstill.DELETION,
    RotationStop.UNCLAIMED: Standstill.UNCLAIMED,
    RotationStop.DISABLED: Standstill.DISABLED,
    RotationStop.ROLES: Standstill.ROLES,
}


@dataclass(frozen=True)
class ScheduleKeeper:
    """Does what is due of schedules."""

    people: People
    account: AccountReader
    planner: RotationPlanner
    requests: Requests
    pending: PendingStore
    schedules: RotationSchedules
    policy: RotationPolicy
    locks: Locks
    clock: Clock
    reminder: Looker
    """Tells owners what the policy demands."""

    async def look(self) -> Sequence[Exception]:
        """Do what is due and return the failures; what fails stays due."""
        failures = list[Exception]()
        now = self.clock.now()
        due = await self.schedules.due(now, AT_ONCE)
        places = {it.id: it for it in await self.account.environments()} if due else {}
        for schedule in due:
            try:
                async with self.locks.hold(f"rotation-schedule:{schedule.api_key}"):
                    if await self.schedules.find(schedule.api_key) == schedule:
                        await self._attend(schedule, places.get(schedule.environment_id))
            except Exception as error:  # noqa: BLE001  # the others must not wait for it
                failures.append(error)
                await self.schedules.postpone(schedule.api_key, now + AGAIN)
        return [*failures, *await self.reminder.look()]

    async def _attend(self, schedule: RotationSchedule, place: Environment | None) -> None:
        now, api_key = self.clock.now(), schedule.api_key
        key = await self._key(schedule) if place else None
        if place is None or key is None:
            if await self.requests.rotation_of(api_key):  # its end passes the schedule on
                return await self._postpone(schedule, now + LOOK_AGAIN)
            return await self._write(schedule, None, "rotation schedule ended: the key is gone")
        here = Located(key, place)
        if schedule.stands:
            return await self._postpone(schedule, now + LOOK_AGAIN)
        if schedule.request:
            return await self._follow(schedule, here)
        if schedule.next_at > now:
            return await self._tell(schedule, here)
        opens = self.policy.rotation_rules(place).opening(now)
        if opens > now:
            return await self._postpone(schedule, min(opens, now + LOOK_AGAIN))
        return await self._begin(schedule, here)

    async def _key(self, schedule: RotationSchedule) -> Key | None:
        with suppress(NotFound):
            keys = await self.account.keys(schedule.environment_id)
            return next((key for key in keys if key.api_key == schedule.api_key), None)
        return None

    async def _follow(self, schedule: RotationSchedule, here: Located) -> None:
        """Stand still where the rotation is over and the key is still there."""
        request = await self.requests.load(schedule.request)
        done = request and request.rotation and request.rotation.phase is Phase.DONE
        if request and (request.rotates or done):
            return await self._postpone(schedule, self.clock.now() + LOOK_AGAIN)
        return await self._stand(schedule, here, Standstill.ENDED)

    async def _begin(self, schedule: RotationSchedule, here: Located) -> None:
        """Open the request of the rotation, unless this was done before a crash."""
        job = self._job(schedule, here)
        opened = await self.requests.load(request_id(job))
        outcome = Requested(opened) if opened else await self._outcome(schedule, job)
        match outcome:
            case Requested(request):
                return await self._begun(schedule, request)
            case NotRotated(
                reason=RotationStop.RUNNING
            ):  # a person was faster; its end passes it on
                return await self._postpone(schedule, self.clock.now() + LOOK_AGAIN)
            case NotAskable(reason=reason) if reason in TOO_MUCH:
                return await self._postpone(schedule, self.clock.now() + ROOM_AFTER)
            case NotRotated(reason=stop):
                stands = _STOPS.get(stop, Standstill.REFUSED)
            case TurnedAway():
                stands = Standstill.LEFT
            case Denied():
                stands = Standstill.NO_RIGHT
            case NotAskable():
                stands = Standstill.NOT_ASKABLE
            case _:
                stands = Standstill.REFUSED
        return await self._stand(schedule, here, stands)

    async def _begun(self, schedule: RotationSchedule, request: Request) -> None:
        await self._write(schedule, replace(schedule, request=request.id), "rotation begun")

    def _job(self, schedule: RotationSchedule, here: Located) -> Job:
        command = RotateKey(here.key.api_key, here.environment.cloud_name, grace=schedule.grace)
        text, now = render(command), self.clock.now()
        return Job(schedule.opens, schedule.by, text, Action.KEY_ROTATE, Reply(), now)

    async def _outcome(self, schedule: RotationSchedule, job: Job) -> Outcome:
        """Rotate the key as its person could by the command, by the right that they have now."""
        authorizer = self.planner.resolver.authorizer
        command = RotateKey(schedule.api_key, grace=schedule.grace)
        who = await self.people.identify(schedule.by, fresh=True)
        if isinstance(who, TurnedAway):
            return who
        if refusal := authorizer.refusal(who, command):
            return refusal
        plan = await self.planner.plan(job, who.person, command)
        if not isinstance(plan, Plan):
            return plan
        return await authorizer.request(job.by(who.person), who.person, plan)

    async def _tell(self, schedule: RotationSchedule, here: Located) -> None:
        """Tell the owner what comes, once for each notice, and not at night."""
        now, owner = self.clock.now(), await self._owner(schedule)
        told = notices_due(schedule.next_at, now)
        if told <= schedule.told:
            return await self._postpone(schedule, schedule.look_at or now + LOOK_AGAIN)
        wakes = await self._wakes_at(owner, now)
        if wakes > now:
            return await self._postpone(schedule, wakes)
        news = await self._news(schedule, here, owner)
        notice = to_person("", Topic.ROTATION_DUE, owner.user_id, text=news.write())
        after = replace(schedule, told=told)
        return await self._write(schedule, after, "rotation announced", (notice,))

    async def _stand(self, schedule: RotationSchedule, here: Located, stands: Standstill) -> None:
        """Let the schedule stand still, and tell its owner and security."""
        after, owner = replace(schedule, stands=stands), await self._owner(schedule)
        news = await self._news(after, here, owner)
        told = (
            to_person("", Topic.ROTATION_DUE, owner.user_id, text=news.write()),
            to_security("", Topic.ROTATION_DUE, text=replace(news, to="").write()),
        )
        await self._write(schedule, after, f"rotation schedule stands: {stands}", told)

    async def _news(self, schedule: RotationSchedule, here: Located, owner: Actor) -> RotationNews:
        who = await self.people.identify(owner, fresh=False)
        decide = self.planner.resolver.authorizer.decide
        may = isinstance(who, Identified) and not isinstance(
            decide(who.person, Action.KEY_ROTATE, here.environment), Refused
        )
        return RotationNews(
            *(here.key.api_key, here.key.label, here.environment.name, schedule.next_at),
            to=str(owner),
            every=durations.write(schedule.every),
            stands=schedule.stands,
            may=may,
            later=len(schedule.put_off) < MOST_PUT_OFF,
        )

    async def _owner(self, schedule: RotationSchedule) -> Actor:
        """Who hears of it: the key's owner, else the person who set the schedule."""
        own = await self.pending.owner_of(schedule.api_key)
        known = own is not None and own.environment_id == schedule.environment_id
        return own.owner if own and known else schedule.by

    async def _wakes_at(self, owner: Actor, now: datetime) -> datetime:
        try:
            profile = await self.people.kept.profile(owner)
        except SlackError:
            return now
        return wakes_at(Listener(owner.user_id, frozenset(), profile.zone, profile.offset), now)

    async def _postpone(self, schedule: RotationSchedule, until: datetime) -> None:
        await self.schedules.postpone(schedule.api_key, until)

    async def _write(
        self,
        schedule: RotationSchedule,
        after: RotationSchedule | None,
        detail: str,
        told: Sequence[Notification] = (),
    ) -> None:
        """Write a step; another process or a person who was faster is left alone."""
        target = {"api_key": schedule.api_key, "environment": schedule.environment_id}
        target |= {"request": after.request} if after and after.request else {}
        entry = Entry(
            *(self.clock.now(), AuditEvent.MOVED, Action.KEY_ROTATE, None, schedule.opens),
            *(target, detail),
        )
        await self.schedules.replace(schedule.api_key, schedule, after, entry, told)
