import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis_errands import KEPT_FOR, SEEN_FOR
from bot.adapters.redis_names import JOBS
from bot.adapters.redis_store import Store
from bot.domain.audit import Deed, Entry
from bot.domain.errands import Errand, Reply
from bot.domain.outcomes import LastChange
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.ports import Done
from tests.contracts.errands_kept import KEY, NEWER, Kept, errands_of, fake, in_redis
from tests.contracts.redis_server import connected, nobody, redis, server

__all__ = ["nobody", "redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
REPLY: Final = Reply("https://hooks.slack.example/T1/secret", "V1", "123.456.secret", replace=True)
ERRAND: Final = Errand(
    "c1", Actor("T1", "U1", "E1"), 'key show "a\n\u6771"', "key:show", REPLY, AT, 3
)
PLAIN: Final = replace(ERRAND, id="c2", actor=Actor("T1", "U2"), reply=Reply(), page=0)
CHANGE: Final = LastChange("disabled", "Ann <b>", AT, "c1")

KINDS: Final[dict[str, Callable[[Redis], Kept]]] = {"fake": fake, "redis": in_redis}


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, redis: Redis) -> Kept:
    """Bring the fake, and the ones in Redis."""
    return KINDS[request.param](redis)


def entry(detail: str) -> Entry:
    """Something that happened, told apart by its detail."""
    return Entry(AT, Deed.ASKED, "key:show", ERRAND.actor, "c1", detail=detail)


@pytest.mark.parametrize("errand", [ERRAND, PLAIN])
async def test_an_errand_is_read_back_as_it_was_accepted(errand: Errand, kept: Kept) -> None:
    """In every part, and it is in the queue and on the record"""
    assert await kept.errands.accept(errand, "d1", entry("asked"))
    assert errand == await kept.errands.load(errand.id)
    assert [errand.id] == await kept.queue()
    assert ["asked"] == await kept.details()


async def test_a_delivery_is_taken_once(kept: Kept) -> None:
    """Accepted or answered at once; what comes again leaves no trace"""
    assert await kept.errands.accept(ERRAND, "d1", entry("asked"))
    assert not await kept.errands.accept(PLAIN, "d1", entry("again"))
    assert not await kept.errands.note("d1", entry("again"))
    assert await kept.errands.note("d2", entry("answered"))
    assert not await kept.errands.accept(PLAIN, "d2", entry("again"))
    assert await kept.errands.load(PLAIN.id) is None
    assert ([ERRAND.id], ["asked", "answered"]) == (await kept.queue(), await kept.details())


async def test_of_deliveries_at_once_one_is_taken(kept: Kept) -> None:
    """The others are told that it came before"""
    errands = [replace(ERRAND, id=f"c{number}") for number in range(20)]
    tries = [kept.errands.accept(errand, "d1", entry("asked")) for errand in errands]
    assert 1 == sum(await asyncio.gather(*tries))
    assert 1 == len(await kept.queue()) == len(await kept.details())


async def test_what_is_about_to_change_is_written_down(kept: Kept) -> None:
    """Doing so again changes nothing; another effect takes its place"""
    await kept.errands.accept(ERRAND, "d1", entry("asked"))
    begun = await kept.errands.begin(ERRAND, "disabled:814", entry("begun"))
    assert replace(ERRAND, effect="disabled:814") == begun
    assert begun == await kept.errands.load(ERRAND.id)
    assert begun == await kept.errands.begin(begun, "disabled:814", entry("again"))
    other = await kept.errands.begin(begun, "disabled:815", entry("other"))
    assert other == await kept.errands.load(ERRAND.id)
    assert ["asked", "begun", "other"] == await kept.details()


async def test_an_errand_is_closed_once(kept: Kept) -> None:
    """With what it did; who closes it again changes nothing"""
    await kept.errands.accept(ERRAND, "d1", entry("asked"))
    done = Done("814", CHANGE, "Ann disabled it")
    assert await kept.errands.finish(ERRAND, entry("done"), done)
    assert not await kept.errands.finish(ERRAND, entry("answered"))
    other = Done("814", replace(CHANGE, by="Bob"), "Bob disabled it")
    assert not await kept.errands.finish(ERRAND, entry("late"), other)
    assert replace(ERRAND, finished=True) == await kept.errands.load(ERRAND.id)
    assert ["asked", "done"] == await kept.details()
    assert CHANGE == await kept.errands.last_change("814")
    assert ["Ann disabled it"] == await kept.notices()


async def test_a_change_may_be_nobodys_business(kept: Kept) -> None:
    """Without a notice, security is told nothing"""
    await kept.errands.accept(ERRAND, "d1", entry("asked"))
    await kept.errands.finish(ERRAND, entry("done"), Done("814", CHANGE))
    assert [] == await kept.notices()
    assert CHANGE == await kept.errands.last_change("814")


async def test_what_is_not_kept_is_not_there(kept: Kept) -> None:
    """No errand, no change, and nothing to close"""
    assert await kept.errands.load("c9") is None
    assert await kept.errands.last_change("814") is None
    assert not await kept.errands.finish(ERRAND, entry("done"))
    assert [] == await kept.details()


async def test_a_second_errands_change_is_the_last(kept: Kept) -> None:
    """The key remembers one"""
    for number, who in enumerate(("Ann", "Bob")):
        errand = replace(ERRAND, id=f"c{number}")
        await kept.errands.accept(errand, f"d{number}", entry("asked"))
        done = Done("814", replace(CHANGE, by=who, errand=errand.id))
        await kept.errands.finish(errand, entry("done"), done)
    assert replace(CHANGE, by="Bob", errand="c1") == await kept.errands.last_change("814")


async def test_where_the_answer_goes_is_sealed(redis: Redis) -> None:
    """Whoever reads Redis cannot answer in our place; the queue holds ids alone"""
    await errands_of(redis).accept(ERRAND, "d1", entry("asked"))
    record = await redis.hgetall("{keysmith}:errand:c1")
    assert not [value for value in record.values() if "secret" in value]
    ((_, queued),) = await Store(redis).stream(JOBS, "-", "+", 10)
    assert {"id": "c1"} == queued


async def test_what_is_sealed_is_opened_after_a_change_of_keys(redis: Redis) -> None:
    """As long as the old one is still configured"""
    await errands_of(redis, KEY).accept(ERRAND, "d1", entry("asked"))
    assert ERRAND == await errands_of(redis, NEWER, KEY).load("c1")


async def test_what_is_kept_ends_by_itself(redis: Redis) -> None:
    """Errands and deliveries; the record and the queue do not"""
    await errands_of(redis).accept(ERRAND, "d1", entry("asked"))
    spans = {key: await redis.ttl(key) for key in await redis.keys("*")}
    assert spans.pop("{keysmith}:errand:c1") == -1
    assert 0 < spans.pop("{keysmith}:seen:d1") <= SEEN_FOR
    assert {-1} == set(spans.values())
    await errands_of(redis).finish(ERRAND, entry("done"))
    assert 0 < await redis.ttl("{keysmith}:errand:c1") <= KEPT_FOR


async def test_a_process_reads_what_another_accepted(redis: Redis) -> None:
    """And closes it; the first is told that it is closed"""
    async with connected(redis.connection_pool.connection_kwargs["path"]) as other:
        first, second = errands_of(redis), errands_of(other)
        await first.accept(ERRAND, "d1", entry("asked"))
        assert ERRAND == await second.load("c1")
        assert await second.finish(ERRAND, entry("done"))
        assert not await first.finish(ERRAND, entry("late"))


@pytest.fixture(params=["fake", "redis"])
def away(request: pytest.FixtureRequest, nobody: Redis) -> Kept:
    """Bring errands that are not answered."""
    found = KINDS[request.param](nobody)
    if request.param == "fake":
        found.errands.away = True  # type: ignore[attr-defined]  # the fake's own switch
    return found


async def test_a_store_that_is_away_is_an_error(away: Kept) -> None:
    """Nothing is promised, and nothing looks absent that may be there"""
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: away.errands.accept(ERRAND, "d1", entry("asked")),
        lambda: away.errands.note("d1", entry("answered")),
        lambda: away.errands.begin(ERRAND, "disabled:814", entry("begun")),
        lambda: away.errands.finish(ERRAND, entry("done")),
        lambda: away.errands.load("c1"),
        lambda: away.errands.last_change("814"),
    ]
    for use in uses:
        with pytest.raises(StoreError):
            await use()
