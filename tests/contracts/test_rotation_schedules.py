"""Schedules of rotation, in memory and in Redis."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.names import ROTATIONS_DUE
from bot.domain.people import Actor
from bot.domain.requests.notifications import Topic, to_person
from bot.domain.rotation import Phase, Rotation
from bot.domain.rotation_schedules import LOOK_AGAIN, NOTICES, RotationSchedule, Standstill
from bot.flows.request_ports import Requests
from bot.flows.rotation_ports import RotationSchedules
from tests.contracts.records_kept import ENTRY, Storage
from tests.contracts.redis_server import redis, server
from tests.fakes.jobs import FakeJobs
from tests.fakes.requests import FakeRequests
from tests.unit.requests_made import AT, PENDING

__all__ = ["redis", "server"]

EVERY: Final = timedelta(days=90)
FIRST: Final = RotationSchedule("814", "e1", EVERY, Actor("T1", "U1", "E1"), AT, AT + EVERY, "j1")
Pair = tuple[Requests, RotationSchedules]


def fake(_: Redis) -> Pair:
    """In memory."""
    requests = FakeRequests(FakeJobs())
    return requests, requests.rotations


def in_redis(redis: Redis) -> Pair:
    """In Redis."""
    stores = Storage(redis).stores
    return stores.requests, stores.rotation_schedules


@pytest.fixture(params=[fake, in_redis])
def pair(request: pytest.FixtureRequest, redis: Redis) -> Pair:
    """Requests, and schedules beside them."""
    make: Callable[[Redis], Pair] = request.param
    return make(redis)


async def test_a_schedule_changes_as_it_was_read(pair: Pair) -> None:
    """Of two writers one wins, and all of it comes back; it is due with its first notice"""
    _, schedules = pair
    told = [to_person("", Topic.ROTATION_DUE, "U1", text="{}")]
    assert not await schedules.replace("814", FIRST, None, ENTRY)
    assert await schedules.replace("814", None, FIRST, ENTRY, told)
    assert not await schedules.replace("814", None, replace(FIRST, job="j2"), ENTRY)
    assert await schedules.find("814") == FIRST
    first_notice = FIRST.next_at - NOTICES[0]
    assert await schedules.due(first_notice - timedelta(seconds=1), 9) == []
    assert await schedules.due(first_notice, 9) == [FIRST]
    await schedules.postpone("814", first_notice + LOOK_AGAIN)
    assert await schedules.due(first_notice, 9) == []

    full = replace(FIRST, grace=timedelta(hours=36), told=1, put_off=("j2", "j3"), request="c1r")
    full = replace(full, stands=Standstill.ENDED)
    assert await schedules.replace("814", FIRST, full, ENTRY)
    assert await schedules.find_many(["814", "815"]) == {"814": full}
    assert await schedules.due(ENTRY.at + LOOK_AGAIN, 9) == [full]
    assert await schedules.replace("814", full, None, ENTRY)
    assert await schedules.find("814") is None
    assert await schedules.due(FIRST.next_at + EVERY, 9) == []
    await schedules.postpone("814", AT)
    assert await schedules.due(FIRST.next_at, 9) == []


async def ended(pair: Pair, phase: Phase) -> RotationSchedules:
    """Let the rotation of the scheduled key end."""
    requests, schedules = pair
    assert await schedules.replace("814", None, replace(FIRST, request="c1r"), ENTRY)
    terms = replace(PENDING.terms, key="814")
    naming = Rotation(AT, Phase.NAMING, tested_at=AT + timedelta(days=1))
    before = replace(PENDING, rotation=naming, terms=terms, made="815")
    await requests.open(before, ENTRY, ())
    after = replace(before, rotation=replace(naming, phase=phase), version=before.version + 1)
    assert await requests.replace(before, after, ENTRY)
    return schedules


async def test_the_step_that_ends_a_rotation_passes_the_schedule_on(pair: Pair) -> None:
    """It counts from when the successor was tested, and is due then"""
    schedules = await ended(pair, Phase.DONE)
    passed = await schedules.find("815")
    assert passed
    next_at = AT + timedelta(days=1) + EVERY
    assert (passed.next_at, passed.request, passed.by) == (next_at, "", FIRST.by)
    assert await schedules.find("814") is None
    assert await schedules.due(next_at, 9) == [passed]


async def test_a_schedule_of_the_successor_itself_stays(pair: Pair) -> None:
    """A person set it meanwhile"""
    own = replace(FIRST, api_key="815", job="j9")
    assert await pair[1].replace("815", None, own, ENTRY)
    schedules = await ended(pair, Phase.DONE)
    assert await schedules.find("815") == own
    assert await schedules.find("814") is None


async def test_a_rotation_that_keeps_both_keys_passes_nothing_on(pair: Pair) -> None:
    """The schedule stays with its key"""
    schedules = await ended(pair, Phase.KEPT)
    assert await schedules.find("814")
    assert await schedules.find("815") is None


async def test_a_schedule_that_is_not_believed_keeps_no_other_waiting(redis: Redis) -> None:
    """It is looked at again a day later"""
    _, schedules = in_redis(redis)
    assert await schedules.replace("814", None, FIRST, ENTRY)
    await redis.zadd(ROTATIONS_DUE, {"999": 1})
    assert await schedules.due(FIRST.next_at, 1) == []
    assert await schedules.due(FIRST.next_at, 1) == [FIRST]
