"""Requests that are over and older than they are kept, and what is done once a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.archives import Archives
from bot.adapters.redis import names
from bot.adapters.redis.forgetting import Forgetter
from bot.adapters.redis.macs import MAC_DIGITS
from bot.adapters.redis.names import AUDIT_BASE
from bot.adapters.redis.retention import Retention
from bot.adapters.redis.store import Store
from bot.domain.requests.deadlines import over_since
from bot.domain.requests.machine import OVER, Request, State
from bot.domain.verification import Intact
from bot.errors import NotArchived
from tests.contracts.archives_kept import Keeping
from tests.contracts.records_kept import BOB, ENTRY, SPAN, WAITING, Storage
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock
from tests.unit.requests_made import AT, PENDING

__all__ = ["redis", "server"]

KEEP: Final = timedelta(days=400)
MUCH_LATER: Final = AT + KEEP + timedelta(days=1)


FOREIGN: Final = f"12345678.{'0' * MAC_DIGITS}"
"""A MAC under a key that no process has."""

ODD: Final[list[Callable[[str], str]]] = [
    lambda _: "",
    lambda _: "[" * 100_000,
    lambda doc: doc.replace("+00:00", ""),
    lambda doc: doc.replace("+00:00", "", 1),
    lambda doc: doc.replace("odd4", "cancelled"),
]
"""What another program writes into the document of a request."""


async def opened(storage: Storage, request: Request) -> None:
    """Store a request with its card and its pending credentials."""
    requests = storage.stores.requests
    await requests.open(replace(request, state=State.PENDING), ENTRY, ())
    await requests.place(request.id, f"C0:{request.id}")  # Slack took it, and then it was deleted
    await requests.place(request.id, f"C1:{request.id}")
    assert not await storage.redis.exists(names.card(f"C0:{request.id}"))
    before = await requests.load(request.id)
    assert before
    after = replace(request, card=before.card, version=before.version + 1)
    assert await requests.replace(before, after, ENTRY)
    pending = replace(WAITING, id=request.id, api_key=f"8{request.id}", approved="1")
    await storage.stores.links.add_pending(pending, ENTRY)


def retention_of(
    storage: Storage, keeping: Keeping, clock: FakeClock, archives: Archives | None
) -> Retention:
    """What a worker does once a day."""
    keeping.clock = clock
    return Retention(keeping.archiver, forgetter_of(storage, clock), archives, KEEP, clock)


def forgetter_of(storage: Storage, clock: FakeClock) -> Forgetter:
    """What removes old requests."""
    stores = storage.stores
    marks = stores.signed.marks
    return Forgetter(stores.store, stores.ledger, marks, stores.requests, clock, SPAN)


async def test_requests_that_are_over_are_forgotten_with_what_belongs_to_them(
    redis: Redis,
) -> None:
    """Those that wait, that still end, that are young, or that are not believed stay"""
    storage, later = Storage(redis), MUCH_LATER + timedelta(days=30)
    ending = replace(PENDING, id="ending", state=State.CLAIMED, ends_at=later)
    kept = [
        replace(PENDING, id="waiting"),
        ending,
        replace(ending, id="young", ended=True, ends_at=AT + timedelta(days=30)),
        replace(PENDING, id="forged", state=State.DENIED),
    ]
    over = [
        replace(PENDING, id=f"{state}", state=state, made=f"8{state}") for state in sorted(OVER)
    ]
    over += [
        replace(ending, id="ended", ended=True, ends_at=AT + timedelta(hours=1), made="8ended")
    ]
    for request in (*kept, *over):
        await opened(storage, request)
    await redis.hset(names.request("forged"), "version", "9")
    for number, odd in enumerate(ODD):
        request = replace(PENDING, id=f"odd{number}", state=State.DENIED)
        kept.append(request)
        await opened(storage, request)
        doc = await Store(redis).text("HGET", names.request(request.id), "doc")
        await redis.hset(names.request(request.id), "doc", odd(str(doc)))

    ends = {"old": MUCH_LATER - KEEP, "young": MUCH_LATER - KEEP + timedelta(seconds=1)}
    await redis.zadd(names.LINKS_WAITING, {it: at.timestamp() for it, at in ends.items()})
    forgetter = forgetter_of(storage, FakeClock(MUCH_LATER))
    assert len(over) == await forgetter.forget(MUCH_LATER - KEEP)
    assert 0 == await forgetter.forget(MUCH_LATER - KEEP)

    assert await Store(redis).texts("ZRANGEBYSCORE", names.LINKS_WAITING, "-inf", "+inf") == [
        "young"
    ]
    for request in over:
        for name in (names.request, names.pending_credentials):
            assert not await redis.exists(name(request.id)), request.id
        assert not await redis.exists(names.pending_for_key(request.made)), request.id
        assert not await redis.exists(names.card(f"C1:{request.id}"))
        assert await storage.stores.links.owner_of(f"8{request.id}")  # for good
    left = await Store(redis).texts("ZRANGE", names.requests_by(PENDING.terms.requester), "0", "-1")
    assert sorted(left) == sorted(request.id for request in kept)
    for request in kept:
        assert await redis.exists(names.request(request.id)), request.id
    log = [it async for it in storage.stores.ledger.records() if "requests:forget" in it.body]
    assert len(log) == 1
    assert all(request.id in log[0].body for request in over)
    assert len(await storage.stores.links.keys_of(BOB)) == len(kept) + len(over)


@pytest.mark.parametrize("state", State)
def test_a_request_is_over_only_where_nothing_is_due(state: State) -> None:
    """With an end, from its end on"""
    request = replace(PENDING, state=state)
    ending = replace(request, ends_at=AT + timedelta(days=1))
    assert (over_since(request, SPAN) == AT) is (state in OVER)
    assert over_since(replace(request, delete_at=MUCH_LATER), SPAN) is None
    assert (over_since(ending, SPAN) == ending.ends_at) is (state in OVER - {State.CLAIMED})


async def test_once_a_day_what_is_old_is_archived_and_trimmed(redis: Redis, tmp_path: Path) -> None:
    """Again and again, without a gap; without a directory nothing is trimmed"""
    storage, keeping, clock = Storage(redis), Keeping(redis, tmp_path), FakeClock(AT)
    archives, ledger = Archives(tmp_path), storage.stores.ledger
    await opened(storage, replace(PENDING, state=State.DENIED))
    retention = retention_of(storage, keeping, clock, archives)
    for day in range(3):
        clock.at = MUCH_LATER + timedelta(days=day)
        assert () == await retention_of(storage, keeping, clock, None).look()
        left = await keeping.left()
        assert () == await retention.look()
        assert left[0] < (await keeping.left())[0] or day > 0
        await ledger.write(replace(ENTRY, at=clock.at - KEEP + timedelta(hours=12)), ())
    assert isinstance(await keeping.verified_whole(), Intact)
    assert await keeping.archiver.oldest() is not None


async def test_what_could_not_be_archived_is_told_and_stays(redis: Redis, tmp_path: Path) -> None:
    """The next look tries again"""
    storage, keeping = Storage(redis), Keeping(redis, tmp_path)
    for _ in range(3):
        await storage.stores.ledger.write(ENTRY, ())
    clock, there = FakeClock(datetime(2999, 1, 1, tzinfo=UTC)), Archives(tmp_path)
    (error,) = await retention_of(storage, keeping, clock, Archives(tmp_path / "none")).look()
    assert isinstance(error, NotArchived)
    assert [1, 2, 3] == await keeping.left()
    assert not await redis.exists(AUDIT_BASE)
    assert () == await retention_of(storage, keeping, clock, there).look()
    assert [3, 4] == await keeping.left()


async def test_a_request_that_can_not_be_read_keeps_no_other_one(redis: Redis) -> None:
    """Another program names a key that no process has; the others are forgotten all the same"""
    storage = Storage(redis)
    for id_ in ("7", "8"):
        await opened(storage, replace(PENDING, id=id_, state=State.CANCELLED))
    await storage.stores.store.call("HSET", names.request("7"), names.CARD_MAC, FOREIGN)
    assert 1 == await forgetter_of(storage, FakeClock(MUCH_LATER)).forget(MUCH_LATER - KEEP)
    assert await redis.exists(names.request("7"))
    assert not await redis.exists(names.request("8"))
