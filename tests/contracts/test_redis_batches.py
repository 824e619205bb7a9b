"""Commands that come at the same time share round trips, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from bot.adapters.redis.batches import MANY as LARGE
from bot.adapters.redis.batches import UNDER_WAY
from bot.adapters.redis.store import Store
from bot.errors import StoreError
from bot.flows.correlation import about, current_id
from tests.contracts.redis_server import connected, hanging, redis, server
from tests.scenarios.system import until

__all__ = ["redis", "server"]

DOOR: Final = "door"
MANY: Final = 50


async def waiting_in(redis: Redis, count: int) -> None:
    """Wait until so many connections wait in Redis."""

    async def wait() -> bool:
        return bool(count == (await redis.info("clients"))["blocked_clients"])

    await until(wait)


@asynccontextmanager
async def held_up(redis: Redis, store: Store) -> AsyncIterator[None]:
    """Keep every round trip waiting in Redis until the block ends."""
    waiting = [asyncio.create_task(store.call("BLPOP", DOOR, "9")) for _ in range(UNDER_WAY)]
    async with connected(redis.connection_pool.connection_kwargs["path"]) as other:
        await waiting_in(other, UNDER_WAY)
        try:
            yield
        finally:
            await other.rpush(DOOR, *("in" for _ in waiting))
            await asyncio.gather(*waiting)


async def trips(redis: Redis) -> int:
    """Count how often Redis read from its clients."""
    return int((await redis.info("stats"))["total_reads_processed"])


async def test_those_that_come_meanwhile_go_together(redis: Redis) -> None:
    """Each with its own answer"""
    store = Store(redis)
    await asyncio.gather(*(redis.set(f"k{number}", number) for number in range(MANY)))
    before = await trips(redis)
    found = await asyncio.gather(*(store.text("GET", f"k{number}") for number in range(MANY)))
    assert [str(number) for number in range(MANY)] == found
    assert await trips(redis) - before <= UNDER_WAY + 3


async def test_an_error_is_its_callers_alone(redis: Redis) -> None:
    """Those beside it in the round trip have their answers"""
    store = Store(redis)
    await redis.set("text", "a")
    with pytest.raises(StoreError):  # alone
        await store.many(("INCR", "text"), ("PING",))
    async with held_up(redis, store):
        wrong = asyncio.create_task(store.many(("PING",), ("INCR", "text"), ("SET", "after", "b")))
        right = [asyncio.create_task(store.call("ECHO", "hi")) for _ in range(3)]
    assert ["hi"] * 3 == await asyncio.gather(*right)
    with pytest.raises(StoreError):
        await wrong
    assert await redis.get("after") == "b"


async def test_the_commands_of_one_caller_stay_together(redis: Redis) -> None:
    """No other's come between, however many write to the same key"""
    store = Store(redis)

    async def written_and_read(value: str) -> object:
        return (await store.many(("SET", "shared", value), ("GET", "shared")))[1]

    values = [str(number) for number in range(MANY)]
    assert values == await asyncio.gather(*map(written_and_read, values))


async def test_a_caller_that_left_before_is_not_carried_out(redis: Redis) -> None:
    """Its neighbours are"""
    store = Store(redis)
    async with held_up(redis, store):
        left = asyncio.create_task(store.call("SET", "left", "1"))
        stays = asyncio.create_task(store.call("SET", "stays", "1"))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
    await stays
    assert [None, "1"] == await redis.mget("left", "stays")


async def test_a_caller_that_leaves_while_its_commands_are_under_way_keeps_up_no_other(
    redis: Redis,
) -> None:
    """The answer to it is dropped"""
    store = Store(redis)
    async with held_up(redis, store):
        left = asyncio.create_task(store.call("BLPOP", "other", "9"))
        stays = asyncio.create_task(store.call("ECHO", "hi"))
    await waiting_in(redis, 1)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    await redis.rpush("other", "in")
    assert await stays == "hi"


async def test_a_cut_connection_is_an_error_for_all_that_wait_for_it(redis: Redis) -> None:
    """No caller waits for ever, and the next call finds Redis again"""
    store = Store(redis)
    async with held_up(redis, store):
        together = [asyncio.create_task(store.call("BLPOP", "other", "4")) for _ in range(3)]
    await waiting_in(redis, 1)
    await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")  # type: ignore[no-untyped-call]  # left untyped
    ended = await asyncio.gather(*together, return_exceptions=True)
    assert [StoreError] * len(ended) == [type(error) for error in ended]
    assert await store.call("ECHO", "hi") == "hi"


async def test_a_text_that_redis_cannot_take_is_its_callers_error_alone(redis: Redis) -> None:
    """Such as half of a surrogate pair, which JSON can carry into a key"""
    store = Store(redis)
    async with held_up(redis, store):
        wrong = asyncio.create_task(store.call("GET", "\ud800"))
        right = [asyncio.create_task(store.call("ECHO", "hi")) for _ in range(3)]
        await asyncio.sleep(0)
    assert ["hi"] * 3 == await asyncio.gather(*right)
    with pytest.raises(UnicodeEncodeError):
        await wrong


async def test_bytes_that_are_no_text_are_no_error(redis: Redis) -> None:
    """Keysmith wrote no such value: it is not believed, and its neighbours have their answers"""
    store = Store(redis)
    await redis.execute_command("SET", "bytes", b"\xff")  # type: ignore[no-untyped-call]  # left untyped
    async with held_up(redis, store):
        odd = asyncio.create_task(store.call("GET", "bytes"))
        right = [asyncio.create_task(store.call("ECHO", "hi")) for _ in range(3)]
    assert ["hi"] * 3 == await asyncio.gather(*right)
    assert await odd == "\ufffd"


async def test_a_caller_with_many_commands_waits_for_no_other(redis: Redis) -> None:
    """And no other waits for its answers"""
    store = Store(redis)
    async with held_up(redis, store):
        answers = await store.many(*(("ECHO", str(number)) for number in range(LARGE)))
    assert [str(number) for number in range(LARGE)] == answers


async def test_callers_of_a_redis_that_hangs_have_their_errors_in_time() -> None:
    """However many they are: those at the end of the line too"""
    timeout, many = 0.3, 1_000
    async with hanging(timeout) as gone:
        store, began = Store(gone), asyncio.get_running_loop().time()
        calls = (store.call("ECHO", "hi") for _ in range(many))
        ended = await asyncio.gather(*calls, return_exceptions=True)
        took = asyncio.get_running_loop().time() - began
    assert [StoreError] * many == [type(error) for error in ended]
    assert took < 4 * timeout


async def test_what_is_logged_for_many_is_about_none_of_them(redis: Redis) -> None:
    """The round trip that many share runs in the context of none"""
    seen = list[str]()

    class Noting(Redis):
        def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: FBT001, FBT002  # redis-py's
            seen.append(current_id())
            return super().pipeline(transaction, shard_hint)

    noting = Noting(connection_pool=redis.connection_pool)
    store = Store(noting)
    with about("a job"):
        async with held_up(noting, store):
            one = asyncio.create_task(store.call("ECHO", "hi"))
    assert (await one, seen) == ("hi", [""])
