"""Limits of one person, counted in the step that spends them: in memory and in Redis."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from bot.domain.policy import AutoApproval
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Waiver
from bot.flows.request_ports import Opening
from tests.contracts.redis_server import redis, server
from tests.contracts.requests_kept import Kept, entry, kept
from tests.unit.requests_made import PENDING

__all__ = ["kept", "redis", "server"]

BUDGET: Final = 3
ALL: Final = 30
WAIVED: Final = replace(
    PENDING,
    state=State.APPROVED,
    waived=Waiver.BUDGET,
    approval=replace(PENDING.approval, auto=AutoApproval(BUDGET, date(2999, 1, 1))),
)


def numbered(request: Request, number: int) -> Request:
    """Another one of the same person."""
    return replace(request, id=f"c{number}r")


async def at_once(here: Kept, request: Request, *budgets: str) -> Counter[Opening | Request]:
    """Open many at the same time."""
    each = (numbered(request, number) for number in range(ALL))
    opened = (here.requests.open(it, entry("asked"), (), None, budgets) for it in each)
    return Counter(await asyncio.gather(*opened))


@pytest.mark.usefixtures("redis")
async def test_a_budget_is_spent_exactly(kept: Kept) -> None:
    """However many are asked for at once; the others stay unwritten"""
    found = await at_once(kept, WAIVED, "rule")
    assert {Opening.OPENED: BUDGET, Opening.SPENT: ALL - BUDGET} == found
    assert BUDGET == len(await kept.details())


async def test_noise_does_not_reset_a_budget(kept: Kept) -> None:
    """A hundred newer requests used to hide those that a budget had approved"""
    await at_once(kept, WAIVED, "rule")
    for number in range(ALL, ALL + 101):
        noise = replace(numbered(PENDING, number), state=State.CANCELLED)
        await kept.requests.open(noise, entry("noise"), ())
    last = numbered(WAIVED, 999)
    assert Opening.SPENT is await kept.requests.open(last, entry("more"), (), None, ["rule"])
    assert Opening.OPENED is await kept.requests.open(last, entry("more"), (), None, ["other"])


async def test_each_rule_that_matches_spends_its_budget(kept: Kept) -> None:
    """And a spent one approves nothing"""
    await at_once(kept, WAIVED, "rule")
    last = numbered(WAIVED, 999)
    both = ["other", "rule"]
    assert Opening.SPENT is await kept.requests.open(last, entry("more"), (), None, both)


async def test_a_budget_is_of_a_week(kept: Kept) -> None:
    """Exactly a week later it is whole again"""
    await at_once(kept, WAIVED, "rule")
    week = timedelta(days=7)
    for later, expected in ((week - timedelta(seconds=1), Opening.SPENT), (week, Opening.OPENED)):
        last = replace(numbered(WAIVED, 999), asked_at=WAIVED.asked_at + later)
        assert expected is await kept.requests.open(last, entry("more"), (), None, ["rule"])


async def test_open_requests_are_counted_exactly(kept: Kept) -> None:
    """Opened at once; a decided one makes room, and the policy sets the number"""
    most = PENDING.approval.open_at_most
    found = await at_once(kept, PENDING)
    assert {Opening.OPENED: most, Opening.TOO_MANY: ALL - most} == found
    more = numbered(PENDING, 999)
    wider = replace(more, approval=replace(more.approval, open_at_most=most + 1))
    assert Opening.TOO_MANY is await kept.requests.open(more, entry("more"), ())
    ids = (numbered(PENDING, number).id for number in range(ALL))
    stored = [it for id_ in ids if (it := await kept.requests.load(id_))]
    over = replace(stored[0], state=State.DENIED, version=stored[0].version + 1)
    assert await kept.requests.replace(stored[0], over, entry("denied"))
    assert Opening.OPENED is await kept.requests.open(more, entry("more"), ())
    assert Opening.OPENED is await kept.requests.open(
        replace(wider, id="c1000r"), entry("more"), ()
    )


async def test_of_two_requests_for_the_same_at_once_one_is_stored(kept: Kept) -> None:
    """The others are shown it, whatever their reason; without it, the next one is stored"""
    numbers = range(ALL)
    terms = [replace(PENDING.terms, reason=f"reason {number}") for number in numbers]
    asked = [replace(numbered(PENDING, number), terms=terms[number]) for number in numbers]
    opened = (kept.requests.open(it, entry("asked"), (), once=True) for it in asked)
    found = Counter(await asyncio.gather(*opened))
    (first,) = await kept.requests.pending(ALL)
    assert {Opening.OPENED: 1, first: ALL - 1} == found
    gone = replace(first, state=State.CANCELLED, version=first.version + 1)
    await kept.requests.replace(first, gone, entry("cancelled"))
    again = numbered(PENDING, ALL)
    assert Opening.OPENED is await kept.requests.open(again, entry("asked"), (), once=True)
