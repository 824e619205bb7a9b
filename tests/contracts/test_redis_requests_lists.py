from dataclasses import replace
from datetime import timedelta
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis.names import PREFIX, REQUESTS_DUE
from bot.domain.people import Actor
from bot.domain.requests.deadlines import FIRST_REMINDER
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Waiver
from tests.contracts.redis_server import redis, server
from tests.contracts.requests_kept import (
    ASKER,
    CLAIM_TTL,
    OVER,
    Kept,
    entry,
    in_redis,
    kept,
    opened,
)
from tests.unit.requests_made import AT, PENDING, TTL

__all__ = ["kept", "redis", "server"]

SOON: Final = AT + FIRST_REMINDER


def asked(number: int, who: Actor = ASKER) -> Request:
    """A request that waits; a higher number is later."""
    terms = replace(PENDING.terms, requester=who)
    at = AT + timedelta(minutes=number)
    return replace(PENDING, id=f"c{number}r", terms=terms, asked_at=at, expires_at=at + TTL)


async def test_lists_have_the_newest_first_and_no_more_than_the_limit(kept: Kept) -> None:
    """A person's own, in any state; and those that wait, of every requester"""
    other = Actor("T1", "U9")
    mine, yours = [asked(n) for n in (3, 1, 5)], [asked(n, other) for n in (2, 4)]
    await opened(kept, *mine, *yours)
    gone = replace(asked(5), state=State.CANCELLED, version=2)
    await kept.requests.replace(asked(5), gone, entry("cancelled"))
    assert [gone, asked(3), asked(1)] == await kept.requests.opened_by(ASKER, 9)
    assert [gone, asked(3)] == await kept.requests.opened_by(ASKER, 2)
    expected = [asked(4, other), asked(3), asked(2, other), asked(1)]
    assert expected == await kept.requests.pending(9)
    assert expected[:3] == await kept.requests.pending(3)
    assert [] == await kept.requests.opened_by(Actor("T2", ASKER.user_id), 9)


async def test_an_emergency_waits_for_its_review(kept: Kept) -> None:
    """In the list of those that wait, until its review"""
    done = replace(PENDING, state=State.DONE, waived=Waiver.EMERGENCY)
    await opened(kept, done)
    assert [done] == await kept.requests.pending(9)
    cancelled = replace(done, waived=Waiver.AT_ONCE, version=2)
    await kept.requests.replace(done, cancelled, entry("reviewed"))
    assert [] == await kept.requests.pending(9)


async def test_what_is_due_is_there_when_its_time_has_come(kept: Kept) -> None:
    """The longest due first, and no more than the limit"""
    await opened(kept, asked(2), asked(0), asked(1))
    assert [] == await kept.requests.due(SOON - timedelta(seconds=1), 9)
    assert [asked(0)] == await kept.requests.due(SOON, 9)
    later = SOON + timedelta(minutes=9)
    assert [asked(0), asked(1), asked(2)] == await kept.requests.due(later, 9)
    assert [asked(0), asked(1)] == await kept.requests.due(later, 2)


async def test_what_was_looked_at_is_due_when_the_next_thing_is(kept: Kept) -> None:
    """Unchanged, postponed, changed: each sets the time again"""
    await opened(kept, PENDING)
    late = SOON + timedelta(hours=1)
    await kept.requests.postpone(PENDING, late)
    assert [] == await kept.requests.due(SOON, 9)
    assert [PENDING] == await kept.requests.due(late, 9)
    await kept.requests.schedule(PENDING)
    assert [PENDING] == await kept.requests.due(SOON, 9)
    claimable = replace(PENDING, state=State.CLAIMABLE, since=late, version=2)
    await kept.requests.replace(PENDING, claimable, entry("ready"))
    assert [] == await kept.requests.due(late + CLAIM_TTL - timedelta(seconds=1), 9)
    assert [claimable] == await kept.requests.due(late + CLAIM_TTL, 9)


async def test_a_record_that_cannot_be_read_keeps_no_other_from_being(redis: Redis) -> None:
    """In lists and in what is due; it is due again later"""
    kept = in_redis(redis)
    for number in range(3):
        await opened(kept, asked(number))
    await redis.hset(f"{PREFIX}request:{asked(1).id}", "doc", "{}")
    await redis.delete(f"{PREFIX}request:{asked(2).id}")
    later = SOON + timedelta(minutes=9)

    assert [asked(0)] == await kept.requests.pending(9)
    assert [asked(0)] == await kept.requests.due(later, 9)

    assert 1 == await redis.zcount(REQUESTS_DUE, "-inf", later.timestamp())
    assert 3 == await redis.zcard(REQUESTS_DUE)


async def test_a_look_that_comes_late_sets_no_deadline(kept: Kept) -> None:
    """One that was changed meanwhile keeps its own time, or none"""
    await opened(kept, PENDING)
    await kept.requests.replace(PENDING, OVER, entry("denied"))
    await kept.requests.schedule(PENDING)
    await kept.requests.postpone(PENDING, SOON)
    assert [] == await kept.requests.due(AT + timedelta(days=99), 9)


async def test_what_waits_for_no_decision_is_closed(kept: Kept) -> None:
    """In the same step that ends its waiting, and back where a vote is withdrawn"""
    await opened(kept, asked(1), asked(2))
    approved = replace(asked(1), state=State.APPROVED, version=2)
    await kept.requests.replace(asked(1), approved, entry("approved"))
    assert ([approved], [asked(2)]) == (
        await kept.requests.closed(9),
        await kept.requests.pending(9),
    )
    again = replace(asked(1), version=3)
    await kept.requests.replace(approved, again, entry("withdrawn"))
    assert ([], [asked(2), again]) == (
        await kept.requests.closed(9),
        await kept.requests.pending(9),
    )


async def test_requests_are_found_by_the_beginning_of_their_ids(kept: Kept) -> None:
    """Open, closed or a person's own; a sign that patterns know means itself"""
    await opened(kept, asked(12), asked(13), asked(2))
    gone = replace(asked(13), state=State.CANCELLED, version=2)
    await kept.requests.replace(asked(13), gone, entry("cancelled"))
    for actor in (None, ASKER):
        found = await kept.requests.beginning("c1", actor)
        assert {asked(12).id, gone.id} == {each.id for each in found}
    assert [] == await kept.requests.beginning("c*", ASKER)
