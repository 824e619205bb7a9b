"""Schedules of rotation: which key is rotated how often, and what its owner hears before."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, Self

from bot.domain.keys import Key
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.rotation import Phase

PUT_OFF: Final = timedelta(days=7)
MOST_PUT_OFF: Final = 2
NOTICES: Final = (timedelta(days=7), timedelta(days=1))
"""How long before a rotation its owner hears of it."""
LOOK_AGAIN: Final = timedelta(days=1)


class Standstill(StrEnum):
    """Why a schedule stands still until a person sets it again; stored words."""

    LEFT = "left"
    NO_RIGHT = "no_right"
    NOT_ASKABLE = "not_askable"
    DISABLED = "disabled"
    DELETION = "deletion"
    UNCLAIMED = "unclaimed"
    ROLES = "roles"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True)
class RotationSchedule:
    """The schedule of a key; each rotation begins in the name of `by`, by their right then.

    `job` is the command that set it, and `put_off` are those that put the next rotation off.
    `told` counts the notices before `next_at`. `request` is the rotation that it has begun.
    """

    api_key: str
    environment_id: str
    every: timedelta
    by: Actor
    since: datetime
    next_at: datetime
    job: str = ""
    grace: timedelta | None = None
    told: int = 0
    put_off: tuple[str, ...] = ()
    request: str = ""
    stands: Standstill | None = None

    @property
    def opens(self) -> str:
        """The id of the job that begins the next rotation: the same one in every process."""
        what = f"{self.job} {self.api_key} {self.next_at.isoformat()}"
        return sha256(what.encode()).hexdigest()[:16]

    @property
    def look_at(self) -> datetime | None:
        """When its next notice or its rotation is due; None while it only waits."""
        if self.stands or self.request:
            return None
        return min([self.next_at, *(self.next_at - each for each in NOTICES[self.told :])])

    def later(self, job: str, now: datetime) -> "RotationSchedule | None":
        """Put the next rotation off; None where that is not possible any more."""
        if self.stands or self.request or len(self.put_off) >= MOST_PUT_OFF:
            return None
        next_at = max(self.next_at, now) + PUT_OFF
        told = notices_due(next_at, now)
        return replace(self, next_at=next_at, told=told, put_off=(*self.put_off, job))


def begun(
    key: Key, environment_id: str, every: timedelta, by: Actor, now: datetime, job: str
) -> RotationSchedule:
    """Begin a schedule: a key that is older is due at once."""
    next_at = max((key.created_at or now) + every, now)
    told = notices_due(next_at, now)
    return RotationSchedule(key.api_key, environment_id, every, by, now, next_at, job, told=told)


def notices_due(due: datetime, now: datetime) -> int:
    """Count the notices whose time has come."""
    return sum(due - each <= now for each in NOTICES)


def passed_on(
    schedule: RotationSchedule, before: Request, after: Request, now: datetime
) -> RotationSchedule | None:
    """Give the schedule to the successor of its key, in the step that ends the rotation."""
    ended, rotation = before.rotation, after.rotation
    if ended is None or rotation is None or ended.over or rotation.phase is not Phase.DONE:
        return None
    next_at = max((rotation.tested_at or now) + schedule.every, now)
    told = notices_due(next_at, now)
    new = replace(schedule, api_key=after.made, since=now, next_at=next_at, told=told)
    return replace(new, put_off=(), request="")


def overdue(
    key: Key, schedule: RotationSchedule | None, every: timedelta | None, now: datetime
) -> bool:
    """Whether a key is past its schedule, or without one, past what the policy demands.

    A key that is disabled or a root key can't be rotated. One whose rotation runs is not overdue.
    """
    if key.root or not key.enabled:
        return False
    if schedule:
        return schedule.next_at <= now and (schedule.stands is not None or not schedule.request)
    return every is not None and key.created_at is not None and key.created_at + every <= now


@dataclass(frozen=True)
class RotationNews:
    """What a message tells of a key that is to be rotated: the text of its notification.

    `to` is the person, as text; empty for the security channel. `every` is that of the schedule,
    empty where the policy demands it. `ended_by` is the Slack user who ended it, or made it longer:
    then `now` is the new time. `may` is whether they may rotate the key, `later` whether
    the rotation can be put off.
    """

    api_key: str
    name: str
    environment: str
    at: datetime
    to: str = ""
    every: str = ""
    stands: Standstill | None = None
    may: bool = False
    later: bool = False
    ended_by: str = ""
    now: str = ""

    def write(self) -> str:
        """Write it as text."""
        return json.dumps({**vars(self), "at": self.at.isoformat()})

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError`, `KeyError` or `TypeError` for another version's text."""
        found = json.loads(text)
        stands = Standstill(found.pop("stands")) if found["stands"] else None
        at = datetime.fromisoformat(found.pop("at"))
        return cls(**{**found, "stands": stands, "at": at})
