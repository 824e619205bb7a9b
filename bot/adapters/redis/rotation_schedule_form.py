"""The stored form of a schedule of rotation, and how the step that ends a rotation passes it on."""

from datetime import datetime, timedelta
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.names import MAC, ROTATIONS_DUE
from bot.adapters.redis.records import ACTOR, PLAIN, TIME, Form, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Guard, Write, delete, field_is, zadd, zrem
from bot.domain.requests.machine import Request
from bot.domain.rotation_schedules import (
    LOOK_AGAIN,
    RotationSchedule,
    Standstill,
    passed_on,
)

_SPAN: Final = Form(
    lambda span: str(span.total_seconds()) if span else "",
    lambda found: timedelta(seconds=float(found)) if found else None,
)
SCHEDULE: Final = Record(
    RotationSchedule,
    PLAIN("job", "request", environment="environment_id"),
    ACTOR("by"),
    TIME("since", "next_at"),
    _SPAN("every", "grace"),
    Form(str, int)("told"),
    Form(",".join, lambda found: tuple(filter(None, found.split(","))))("put_off"),
    Form(lambda it: it or "", lambda found: Standstill(found) if found else None)("stands"),
)


async def succeeded(
    signed: Signed, before: Request, after: Request, at: datetime
) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
    """Give what passes a schedule on to the successor, as part of the step that ends a rotation.

    A schedule that the successor has already stays.
    """
    if not (after.rotation and after.rotation.over and after.made):
        return (), ()
    old = names.rotation_schedule(after.terms.key)
    found = await signed.find_one_of_many(old)
    schedule = SCHEDULE.read(found, api_key=after.terms.key) if found else None
    passed = schedule and passed_on(schedule, before, after, at)
    if not passed:
        return (), ()
    new = names.rotation_schedule(after.made)
    guards = field_is(old, MAC, found[MAC]), await signed.as_it_is(new)
    written = () if await signed.find_one_of_many(new) else writes_of(signed, passed, at)
    return (*ended_of(after.terms.key), *written), guards


def writes_of(signed: Signed, schedule: RotationSchedule, at: datetime) -> tuple[Write, ...]:
    """Write a schedule, and when it is looked at next, as a part of a step."""
    look = schedule.look_at or at + LOOK_AGAIN
    key = names.rotation_schedule(schedule.api_key)
    return (
        signed.hset(key, SCHEDULE.write(schedule)),
        zadd(ROTATIONS_DUE, look.timestamp(), schedule.api_key),
    )


def ended_of(api_key: str) -> tuple[Write, ...]:
    """End a schedule, as a part of a step."""
    return delete(names.rotation_schedule(api_key)), zrem(ROTATIONS_DUE, api_key)
