"""The port `Pace`: in memory and in Redis."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.pace import RedisPace
from bot.adapters.redis.store import Store
from bot.domain.lanes import Lane
from bot.domain.pace import BURST, INTERVAL_MS, WINDOW_S, Paced
from bot.domain.people import Actor
from bot.flows.ports import Pace
from tests.contracts.redis_server import redis, server
from tests.fakes.pace import FakePace
from tests.unit.requests_made import AT

__all__ = ["redis", "server"]

ANN: Final = Actor("T1", "U1")
BOB: Final = Actor("T1", "U2")
KINDS: Final[dict[str, Callable[[Redis], Pace]]] = {
    "fake": lambda _: FakePace(),
    "redis": lambda redis: RedisPace(Store(redis)),
}


@pytest.fixture(params=KINDS)
def pace(request: pytest.FixtureRequest, redis: Redis) -> Pace:
    """Run each test with the fake and with Redis."""
    return KINDS[request.param](redis)


async def flood(pace: Pace, lane: Lane = Lane.NORMAL) -> list[Paced]:
    """Give more commands at the same time than a bucket holds."""
    return await asyncio.gather(*(pace.take(ANN, lane, AT) for _ in range(2 * BURST)))


async def test_a_flood_gets_exactly_a_burst(pace: Pace) -> None:
    """And one mark for the audit log"""
    found = await flood(pace)
    assert BURST == found.count(Paced())
    assert {0, INTERVAL_MS} == {each.wait_ms for each in found}
    assert 1 == sum(each.first for each in found)


async def test_a_flood_slows_neither_others_nor_what_stops_leaks(pace: Pace) -> None:
    """Each person and each lane has its own bucket"""
    await flood(pace)
    assert Paced() == await pace.take(BOB, Lane.NORMAL, AT)
    assert Paced() == await pace.take(ANN, Lane.RESERVED, AT)


async def test_time_fills_a_bucket(pace: Pace) -> None:
    """By one for each interval"""
    await flood(pace)
    later = AT + timedelta(milliseconds=INTERVAL_MS)
    assert Paced() == await pace.take(ANN, Lane.NORMAL, later)
    assert 0 < (await pace.take(ANN, Lane.NORMAL, later)).wait_ms


async def test_what_redis_keeps_expires(redis: Redis) -> None:
    """A bucket when it is full, the mark with its window"""
    await flood(RedisPace(Store(redis)))
    keys = [key async for key in redis.scan_iter("*")]
    lives = [await redis.pttl(key) for key in keys]
    assert 2 == len(lives)
    assert all(0 < life <= 1000 * max(WINDOW_S, BURST * INTERVAL_MS // 1000) for life in lives)
