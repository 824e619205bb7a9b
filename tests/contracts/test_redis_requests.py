import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from redis.asyncio import Redis

from bot.domain.jobs import Job, Reply
from bot.domain.keys import LastChange
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import (
    Posted,
    Topic,
    in_thread,
    redraw,
    to_person,
    to_security,
)
from bot.domain.rotation import Phase, Rotation
from bot.errors import StoreError
from bot.flows.ports import Done
from bot.flows.request_ports import Opening
from tests.contracts.cutting_proxy import Cut, cutting
from tests.contracts.redis_server import SOCKET, connected, redis, server, unreachable
from tests.contracts.requests_kept import (
    ASKER,
    OVER,
    Kept,
    entry,
    in_redis,
    kept,
    opened,
    requests_of,
    security_first,
)
from tests.unit.requests_drawn import requests
from tests.unit.requests_made import AT, DRAFT, PENDING

__all__ = ["kept", "redis", "server", "unreachable"]

NOTIFICATIONS: Final = (
    redraw("c1r", Topic.ASKED),
    in_thread("c1r", Topic.QUESTION, by="U1", text="why\n<!channel> \u6771?"),
    to_person("c1r", Topic.READY, "U2"),
    to_security("c1r", Topic.EMERGENCY, by="U1", text="down"),
)
FOLLOWS: Final = Job("c1r", ASKER, "request shop", "key:request", Reply(), AT, request="c1r")
CARD: Final = str(Posted("C1", "1772368215.000100"))


@pytest.fixture
async def second(server: Path) -> AsyncIterator[Redis]:
    """A client of another process."""
    async with connected(server) as other:
        yield other


async def test_of_two_rotations_of_one_key_one_opens(kept: Kept) -> None:
    """The other learns which; its successor counts as well, and both are free once it is over"""
    first = replace(PENDING, rotation=Rotation(AT), terms=replace(PENDING.terms, key="814"))
    second = replace(first, id="c2r")
    opening = (kept.requests.open(each, entry("asked"), ()) for each in (first, second))
    won, lost = sorted(await asyncio.gather(*opening), key=lambda it: isinstance(it, Request))
    assert Opening.OPENED is won
    assert isinstance(lost, Request)
    made = replace(lost, made="815", version=lost.version + 1)
    assert await kept.requests.replace(lost, made, entry("made"))
    for api_key in ("814", "815"):
        found = await kept.requests.rotation_of(api_key)
        assert (lost.id, "815") == (found and found.id, found and found.made)
    over = replace(made, rotation=Rotation(AT, Phase.DONE), version=made.version + 1)
    assert await kept.requests.replace(made, over, entry("over"))
    assert [None, None] == [await kept.requests.rotation_of(each) for each in ("814", "815")]
    again = replace(first, id="c3r")
    assert Opening.OPENED is await kept.requests.open(again, entry("asked"), ())


async def test_a_change_may_tell_of_a_key(kept: Kept) -> None:
    """In the same step, or not at all: its last change, and a notice"""
    await opened(kept, PENDING)
    change = LastChange("enabled again", "Ann", AT, PENDING.id, brownout="c9r")
    late = replace(PENDING, version=PENDING.version + 7)
    done = Done("814", change)
    assert not await kept.requests.replace(late, OVER, entry("late"), done=(done,))
    assert await kept.jobs.last_change("814") is None
    assert await kept.requests.replace(PENDING, OVER, entry("over"), done=(done,))
    assert await kept.jobs.last_change("814") == change


async def test_a_change_marks_the_job_that_makes_it(kept: Kept) -> None:
    """In the same step, once, unless it was closed meanwhile; the shell's jobs are not stored"""
    await opened(kept, PENDING)
    deny = "deny c1r --reason no"
    job = replace(FOLLOWS, id="voting", request="", text=deny, effect="decided:deny")
    await kept.jobs.accept(replace(job, effect=""), "d1", entry("asked"))
    assert await kept.jobs.finish(job, entry("closed"))
    assert not await kept.requests.replace(PENDING, OVER, entry("denied"), by=job)
    assert await kept.requests.load(PENDING.id) == PENDING
    other = replace(job, id="other")
    await kept.jobs.accept(replace(other, effect=""), "d2", entry("asked"))
    assert await kept.requests.replace(PENDING, OVER, entry("denied"), by=other)
    assert await kept.jobs.load("other") == other
    again = replace(OVER, version=OVER.version + 1)
    assert not await kept.requests.replace(OVER, again, entry("again"), by=other)
    assert await kept.requests.load(OVER.id) == OVER
    assert await kept.requests.replace(OVER, again, entry("again"), by=replace(job, id="shell"))
    assert await kept.jobs.load("shell") is None


async def traces(kept: Kept) -> tuple[int, int, int]:
    """Count the entries, notifications and jobs."""
    return len(await kept.details()), len(await kept.outbox()), len(await kept.queue())


async def test_a_request_is_kept_with_all_that_follows_from_it(kept: Kept) -> None:
    """The entry, its notifications in order, and the job that executes it"""
    assert await kept.requests.load("c1r") is None
    assert Opening.OPENED is await kept.requests.open(
        PENDING, entry("asked"), NOTIFICATIONS, FOLLOWS
    )
    assert PENDING == await kept.requests.load("c1r")
    assert ["asked"] == await kept.details()
    assert security_first(NOTIFICATIONS) == await kept.outbox()
    assert ["c1r"] == await kept.queue()


async def test_a_request_is_opened_once(kept: Kept) -> None:
    """A second opening leaves no trace"""
    await opened(kept, PENDING)
    again = await kept.requests.open(OVER, entry("again"), NOTIFICATIONS, FOLLOWS)
    assert again is Opening.TAKEN
    assert PENDING == await kept.requests.load("c1r")
    assert (1, 0, 0) == await traces(kept)


async def test_a_change_takes_its_consequences_with_it(kept: Kept) -> None:
    """Record, notifications, job and lists, in one step"""
    await opened(kept, PENDING)
    assert await kept.requests.replace(PENDING, OVER, entry("denied"), NOTIFICATIONS, FOLLOWS)
    assert OVER == await kept.requests.load("c1r")
    assert ["asked", "denied"] == await kept.details()
    assert (security_first(NOTIFICATIONS), ["c1r"]) == (await kept.outbox(), await kept.queue())
    assert [] == await kept.requests.pending(9)
    assert [] == await kept.requests.due(AT + timedelta(days=99), 9)


async def test_what_changed_since_it_was_read_is_not_changed_again(kept: Kept) -> None:
    """The loser leaves no trace: no entry, no notification, no job, no deadline"""
    await opened(kept, PENDING)
    await kept.requests.replace(PENDING, OVER, entry("denied"))
    other = replace(PENDING, state=State.CLAIMABLE, version=2)
    assert not await kept.requests.replace(PENDING, other, entry("lost"), NOTIFICATIONS, FOLLOWS)
    assert OVER == await kept.requests.load("c1r")
    assert (2, 0, 0) == await traces(kept)
    assert [] == await kept.requests.due(AT + timedelta(days=99), 9)


async def test_what_is_not_there_is_not_changed(kept: Kept) -> None:
    """And is not created by it"""
    assert not await kept.requests.replace(PENDING, OVER, entry("lost"), NOTIFICATIONS, FOLLOWS)
    assert await kept.requests.load("c1r") is None
    assert (0, 0, 0) == await traces(kept)


async def test_of_changes_at_once_one_happens(kept: Kept) -> None:
    """With its consequences, and nothing of the others"""
    await opened(kept, PENDING)
    afters = [replace(OVER, outcome=str(number)) for number in range(20)]
    notifications = [in_thread("c1r", Topic.DENIED, text=after.outcome) for after in afters]
    won = await asyncio.gather(
        *(
            kept.requests.replace(PENDING, after, entry(after.outcome), [said])
            for after, said in zip(afters, notifications, strict=True)
        )
    )
    assert 1 == sum(won)
    place = won.index(True)
    assert afters[place] == await kept.requests.load("c1r")
    assert ["asked", str(place)] == await kept.details()
    assert [notifications[place]] == await kept.outbox()


async def test_of_two_processes_at_once_one_wins(redis: Redis, second: Redis) -> None:
    """Every time, and each change builds on the one before"""
    here, there = in_redis(redis), in_redis(second)
    before = PENDING
    await opened(here, before)
    for number in range(2, 30):
        mine = replace(before, outcome="mine", version=number)
        yours = replace(before, outcome="yours", version=number)
        won = await asyncio.gather(
            here.requests.replace(before, mine, entry("mine"), NOTIFICATIONS[:1], FOLLOWS),
            there.requests.replace(before, yours, entry("yours"), NOTIFICATIONS[:1], FOLLOWS),
        )
        assert 1 == sum(won)
        before = mine if won[0] else yours
        assert before == await there.requests.load("c1r")
    assert (29, 28, 28) == await traces(here)


async def test_what_changes_nothing_is_on_the_record_too(kept: Kept) -> None:
    """With its notifications"""
    await opened(kept, PENDING)
    await kept.requests.note(entry("refused"))
    await kept.requests.note(entry("question"), NOTIFICATIONS[1:3])
    assert ["asked", "refused", "question"] == await kept.details()
    assert list(NOTIFICATIONS[1:3]) == await kept.outbox()
    assert PENDING == await kept.requests.load("c1r")


async def test_what_a_job_notes_is_noted_once(kept: Kept) -> None:
    """A job that is not stored, as of the shell, notes each time"""
    job = replace(FOLLOWS, id="c9", effect="decided:question")
    await kept.jobs.accept(replace(job, effect=""), "d9", entry("asked"))
    for by in (job, job, replace(job, id="shell")):
        await kept.requests.note(entry(by.id), NOTIFICATIONS[1:2], by)
    assert ["asked", "c9", "shell"] == await kept.details()
    assert list(NOTIFICATIONS[1:2]) * 2 == await kept.outbox()
    stored = await kept.jobs.load("c9")
    assert stored
    assert stored.effect == job.effect


async def test_the_place_of_a_card_changes_no_request(kept: Kept) -> None:
    """It is found both ways, and survives every change of the request"""
    await opened(kept, PENDING)
    assert await kept.requests.request_at_card(CARD) is None
    await kept.requests.place("c1r", CARD)
    assert "c1r" == await kept.requests.request_at_card(CARD)
    assert replace(PENDING, card=CARD) == await kept.requests.load("c1r")
    assert await kept.requests.replace(PENDING, OVER, entry("denied"))
    assert replace(OVER, card=CARD) == await kept.requests.load("c1r")
    assert [replace(OVER, card=CARD)] == await kept.requests.opened_by(ASKER, 9)


@pytest.mark.parametrize("cut", [Cut.REQUEST, Cut.ANSWER])
async def test_a_card_is_found_both_ways_or_not_at_all(
    cut: Cut, redis: Redis, server: Path, tmp_path: Path
) -> None:
    """After a connection that breaks"""
    await opened(in_redis(redis), PENDING)
    async with cutting(server, tmp_path / SOCKET) as proxy, connected(proxy.socket) as through:
        await through.ping()
        proxy.cuts = [None, cut]  # it looks for a former card first
        with pytest.raises(StoreError):
            await requests_of(through).place("c1r", CARD)
    found = await requests_of(redis).load("c1r")
    assert found
    expected = (CARD, "c1r") if cut is Cut.ANSWER else ("", None)
    assert expected == (found.card, await requests_of(redis).request_at_card(CARD))


async def test_a_card_without_its_request_is_none(kept: Kept) -> None:
    """Although a card was placed for it"""
    await kept.requests.place("c9r", CARD)
    assert await kept.requests.load("c9r") is None


@given(requests)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_request_is_read_back_as_it_was(redis: Redis, request_: Request) -> None:
    """Through the ledger's script and back, with odd texts"""
    await redis.flushall()
    here = in_redis(redis)
    odd = replace(request_, card="")
    notifications = [in_thread(odd.id, Topic.QUESTION, by="U1", text=odd.terms.reason)]
    assert Opening.OPENED is await here.requests.open(odd, entry(odd.terms.reason), notifications)
    assert odd == await here.requests.load(odd.id)
    assert notifications == await here.outbox()
    assert [odd.terms.reason] == await here.details()


async def test_what_is_kept_of_requests_does_not_end_by_itself(redis: Redis) -> None:
    """A year later, the approvals must still be there"""
    requests_ = requests_of(redis)
    await requests_.open(PENDING, entry("asked"), NOTIFICATIONS)
    await requests_.place("c1r", CARD)
    assert {-1} == {await redis.ttl(key) for key in await redis.keys("*")}


async def test_a_store_that_is_away_is_an_error(unreachable: Redis) -> None:
    """Nothing is promised, and nothing looks absent that may exist"""
    away = requests_of(unreachable)
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: away.open(DRAFT, entry("asked"), ()),
        lambda: away.replace(PENDING, OVER, entry("denied")),
        lambda: away.note(entry("refused")),
        lambda: away.schedule(PENDING),
        lambda: away.postpone(PENDING, AT),
        lambda: away.place("c1r", CARD),
        lambda: away.request_at_card(CARD),
        lambda: away.load("c1r"),
        lambda: away.opened_by(ASKER, 9),
        lambda: away.pending(9),
        lambda: away.due(AT, 9),
    ]
    for use in uses:
        with pytest.raises(StoreError):
            await use()
