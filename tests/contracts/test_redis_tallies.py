"""With write access to Redis alone, no one gets more than their limits."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.store import Store
from bot.domain.requests.machine import Request, State
from bot.flows.request_ports import Opening
from tests.contracts.records_kept import Storage
from tests.contracts.redis_server import redis, server
from tests.contracts.requests_kept import entry, requests_of
from tests.contracts.test_redis_limits import BUDGET, WAIVED, numbered
from tests.unit.requests_made import PENDING

__all__ = ["redis", "server"]

BY: Final = PENDING.terms.requester
BUDGET_KEY: Final = names.budget(BY, "rule")
WAITING_KEY: Final = names.waiting_of(BY)
MOST: Final = PENDING.approval.open_at_most


async def removed(redis: Redis, key: str, _: dict[str, str]) -> None:
    """Delete the record."""
    await redis.delete(key)


async def emptied(redis: Redis, key: str, fields: dict[str, str]) -> None:
    """Take what counts out of it."""
    await redis.hdel(key, *(name for name in fields if name != names.MAC))


async def set_back(redis: Redis, key: str, fields: dict[str, str]) -> None:
    """Write the record of an earlier time, MAC included."""
    await redis.delete(key)
    await Store(redis).call("HSET", key, *(part for pair in fields.items() for part in pair))


async def extended(redis: Redis, key: str, _: dict[str, str]) -> None:
    """Add a field."""
    await Store(redis).call("HSET", key, "x", "2999-01-01T00:00:00+00:00")


Damage = Callable[[Redis, str, dict[str, str]], Awaitable[None]]
DAMAGES: Final[list[Damage]] = [removed, emptied, set_back, extended]


async def ask(redis: Redis, request: Request, number: int) -> Opening | Request:
    """Open another request, as a process that has just started."""
    budgets = ["rule"] if request.state is State.APPROVED else []
    it = numbered(request, number)
    return await requests_of(redis).open(it, entry("asked"), (), None, budgets)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda it: it.__name__)
@pytest.mark.parametrize(
    ("request_", "key", "most", "refused"),
    [
        (WAIVED, BUDGET_KEY, BUDGET, Opening.SPENT),
        (PENDING, WAITING_KEY, MOST, Opening.TOO_MANY),
    ],
    ids=["budget", "waiting"],
)
async def test_a_damaged_tally_counts_as_used_up(
    redis: Redis, damage: Damage, request_: Request, key: str, most: int, refused: Opening
) -> None:
    """Security hears of it once; it is whole again when what was lost would count no more"""
    assert Opening.OPENED is await ask(redis, request_, 0)
    early = await Store(redis).fields(key)
    for number in range(1, most):
        assert Opening.OPENED is await ask(redis, request_, number)
    await damage(redis, key, early)
    for number in range(most, most + 3):
        assert refused is await ask(redis, request_, number)
    told = [it["text"] for _, it in await Store(redis).stream(NOTICES, "-", "+", 100)]
    (notice,) = [it for it in told if "is not believed" in it]
    assert "counts as used up" in notice
    over = timedelta(days=7) if request_ is WAIVED else request_.expires_at - request_.asked_at
    later = replace(
        request_, asked_at=request_.asked_at + over, expires_at=request_.expires_at + over
    )
    assert Opening.OPENED is await ask(redis, later, 99)


async def test_a_damaged_tally_refuses_although_nothing_is_used(redis: Redis) -> None:
    """What it held is not known; another person's is whole"""
    assert Opening.OPENED is await ask(redis, WAIVED, 0)
    await removed(redis, BUDGET_KEY, {})
    assert Opening.SPENT is await ask(redis, WAIVED, 1)
    other = replace(WAIVED, terms=replace(WAIVED.terms, requester=replace(BY, user_id="U0OTHER")))
    assert Opening.OPENED is await ask(redis, other, 2)


async def test_a_removed_request_still_counts_as_open(redis: Redis) -> None:
    """Until it would have expired"""
    for number in range(MOST):
        assert Opening.OPENED is await ask(redis, PENDING, number)
        await redis.delete(names.request(numbered(PENDING, number).id))
    assert Opening.TOO_MANY is await ask(redis, PENDING, MOST)
    over = PENDING.expires_at
    later = replace(PENDING, asked_at=over, expires_at=over + timedelta(hours=8))
    assert Opening.OPENED is await ask(redis, later, MOST)


async def test_a_withdrawn_approval_counts_again(redis: Redis) -> None:
    """A request that was approved and waits again is open"""
    for number in range(MOST):
        assert Opening.OPENED is await ask(redis, PENDING, number)
    requests, before = requests_of(redis), numbered(PENDING, 0)
    approved = replace(before, state=State.APPROVED, version=before.version + 1)
    assert await requests.replace(before, approved, entry("approved"))
    assert Opening.OPENED is await ask(redis, PENDING, MOST)
    again = replace(before, version=approved.version + 1)
    assert await requests.replace(approved, again, entry("withdrawn"))
    denied = numbered(PENDING, 1)
    over = replace(denied, state=State.DENIED, version=denied.version + 1)
    assert await requests.replace(denied, over, entry("denied"))
    assert Opening.TOO_MANY is await ask(redis, PENDING, MOST + 1)


async def test_a_limit_does_not_hide_that_a_request_exists(redis: Redis) -> None:
    """A job that runs again finds its request, whatever counts by then"""
    for number in range(MOST):
        assert Opening.OPENED is await ask(redis, PENDING, number)
    assert Opening.TAKEN is await ask(redis, PENDING, 0)


async def test_a_count_that_another_process_writes_meanwhile_is_not_gone(redis: Redis) -> None:
    """It was not there when it was read; then the audit log names it, and it is there"""
    storage = Storage(redis)
    assert await ask(redis, WAIVED, 1) is Opening.OPENED
    assert await storage.stores.signed.marks.missing(BUDGET_KEY)
    assert not await storage.stores.signed.is_gone(BUDGET_KEY)
    await redis.delete(BUDGET_KEY)
    assert await storage.stores.signed.is_gone(BUDGET_KEY)


HOUR: Final = timedelta(hours=1)


@pytest.mark.parametrize("hours", [(8, 1), (1, 8), (8, 1, 3, 2, 5)], ids=str)
@pytest.mark.parametrize("at_once", [False, True])
async def test_of_several_that_replace_a_lost_count_the_longest_stays(
    redis: Redis, hours: tuple[int, ...], *, at_once: bool
) -> None:
    """Each is a process that has just read that it is gone"""
    assert Opening.OPENED is await ask(redis, PENDING, 0)
    await redis.delete(WAITING_KEY)
    now = PENDING.asked_at
    each = [requests_of(redis).tallies for _ in hours]
    assert {None} == {await tallies.read(WAITING_KEY, now) for tallies in each}
    replaced = [
        tallies.replace_lost(WAITING_KEY, now, now + many * HOUR)
        for tallies, many in zip(each, hours, strict=True)
    ]
    if at_once:
        await asyncio.gather(*replaced)
    else:
        for one in replaced:
            await one
    tally = await requests_of(redis).tallies.read(WAITING_KEY, now)
    assert tally
    assert {names.TALLY_LOST: now + 8 * HOUR} == tally.until


async def test_a_count_that_is_believed_again_is_not_replaced(redis: Redis) -> None:
    """Another process wrote it after this one had read that it is gone"""
    assert Opening.OPENED is await ask(redis, PENDING, 0)
    tallies, now = requests_of(redis).tallies, PENDING.asked_at
    before = await tallies.read(WAITING_KEY, now)
    assert before == await tallies.replace_lost(WAITING_KEY, now, now + HOUR)
    assert before == await tallies.read(WAITING_KEY, now)
