"""Every key in Redis has an end, or stands in the documented list of those that have none."""

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.names import PREFIX
from bot.adapters.redis.store import Store
from tests.contracts.lifetimes import ENDLESS, WITHOUT_END, documented, row_of, undocumented
from tests.contracts.redis_server import redis, server
from tests.contracts.test_stored_words import (
    CHAIN,
    NAMES,
    keep_one_of_each,
    leave_an_item_to_another_worker,
)

__all__ = ["redis", "server"]


@pytest.mark.parametrize("name", [it for it in NAMES.values() if it.startswith(PREFIX)][1:])
def test_every_name_is_in_the_table(name: str) -> None:
    """Also those that only some stories write"""
    assert row_of(name), name


def test_every_row_is_about_a_name() -> None:
    """None is left of a name that is gone"""
    known = {name.removeprefix(PREFIX).partition(":")[0] for name in NAMES.values()}
    assert {row.partition(":")[0] for row in documented()} <= known


async def test_one_of_each_ends_or_is_documented(redis: Redis) -> None:
    """And what is said to end has a time to live"""
    store = Store(redis)
    await keep_one_of_each(redis, store, Ledger(redis, store, CHAIN))
    await leave_an_item_to_another_worker(redis)
    async with RedisLocks(Store(redis)).hold("environment:e1"):
        endless = await store.texts("EVAL", WITHOUT_END, "0")
    assert [] == undocumented(endless)
    assert {f"{PREFIX}audit", f"{PREFIX}request:c1r"} <= set(endless)


async def test_a_new_key_without_an_end_is_noticed(redis: Redis) -> None:
    """The guard itself: neither an unknown key, nor a known one that lost its end"""
    for key in ("unknown:1", "seen:1", "lock:1"):
        await redis.set(PREFIX + key, "x")
    endless = await Store(redis).texts("EVAL", WITHOUT_END, "0")
    assert sorted(endless) == sorted(undocumented(endless))
    assert len(endless) == 3
    assert not "unknown".startswith(ENDLESS)
