from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from tests.contracts.errands_kept import Kept
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_errands import AT, ERRAND, KINDS, PLAIN, entry

__all__ = ["redis", "server"]

LATER: Final = AT + timedelta(minutes=1)


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Bring the fake, and the ones in Redis."""
    return KINDS[request.param](redis)


async def test_what_is_set_aside_is_queued_again_at_its_time_and_once(kept: Kept) -> None:
    """Whoever looks, and however often"""
    for errand, until in ((ERRAND, LATER), (PLAIN, LATER + timedelta(hours=1))):
        await kept.errands.accept(errand, errand.id, entry("asked"))
        await kept.errands.set_aside(errand, until)
    assert 0 == await kept.errands.take_up(LATER - timedelta(seconds=1))
    assert 1 == await kept.errands.take_up(LATER)
    assert 0 == await kept.errands.take_up(LATER)
    assert [ERRAND.id, PLAIN.id, ERRAND.id] == await kept.queue()


async def test_the_last_word_says_how_long(kept: Kept) -> None:
    """Setting aside again moves it"""
    await kept.errands.accept(ERRAND, "d1", entry("asked"))
    await kept.errands.set_aside(ERRAND, AT)
    await kept.errands.set_aside(ERRAND, LATER)
    assert 0 == await kept.errands.take_up(AT)
    assert ERRAND == await kept.errands.load(ERRAND.id)


async def test_what_is_queued_meanwhile_is_not_set_aside_any_more(kept: Kept) -> None:
    """One place in the queue is enough"""
    await kept.errands.accept(ERRAND, "d1", entry("asked"))
    await kept.errands.set_aside(ERRAND, AT)
    await kept.errands.accept(ERRAND, "d2", entry("asked again"))
    assert 0 == await kept.errands.take_up(LATER)
