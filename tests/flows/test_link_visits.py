"""Visits that open no link: counted by kind, limited by place, told to security once an hour."""

from typing import Final

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.link_visits import FEW, NOISE, PER_MINUTE, PER_MINUTE_IN_ALL, Figures, Visit
from bot.domain.links import Addressed, AlreadyOpened, Gone, Revealed, Shut
from bot.domain.requests.notifications import Audience, Topic
from bot.flows.links.visits import VisitCounter, VisitWatch
from tests.fakes.clock import FakeClock
from tests.fakes.visits import FakeVisitLimits, FakeVisitTally

HOME: Final = "mark of a home"


class Site:
    """One process that counts, and one that watches."""

    def __init__(self) -> None:
        self.clock, self.limits, self.tally = FakeClock(), FakeVisitLimits(), FakeVisitTally()
        self.tally.met_by = {"waiting": Visit.WRONG_PROOF, "spent": Visit.SPENT}
        self.seen: list[Visit] = []
        self.counter = VisitCounter(self.limits, self.tally, self.clock, self.seen.append)
        self.watch = VisitWatch(self.tally, self.clock)

    async def visit(self, link_id: str = "none", place: str = HOME) -> bool:
        """Visit a link without its proof."""
        return await self.counter.serves(link_id, Gone(), place)


@pytest.fixture
def site() -> Site:
    """One site."""
    return Site()


async def test_each_visit_is_counted_by_what_it_met(site: Site) -> None:
    """With the proof by the answer, without it by the link; what opens is not counted"""
    now = site.clock.now()
    for link_id in ("none", "waiting", "spent"):
        assert await site.visit(link_id)
    for result in (AlreadyOpened(now), Gone(proven=True), Revealed("sealed", "f")):
        assert await site.counter.serves("waiting", result, HOME)
    await site.counter.count(Visit.FOREIGN)
    kinds = Visit.UNKNOWN, Visit.WRONG_PROOF, Visit.SPENT, Visit.SPENT, Visit.EXPIRED, Visit.FOREIGN
    assert tuple(site.seen) == kinds


async def test_who_has_the_whole_link_passes_above_every_limit(site: Site) -> None:
    """A neighbour behind the same address locks no owner out"""
    for _ in range(PER_MINUTE):
        assert await site.visit()
    assert not await site.visit()
    for result in (Addressed("Tom", "deploy", "Staging", "f"), Revealed("sealed", "f")):
        assert await site.counter.serves("waiting", result, HOME)
    assert await site.visit(place="another home")
    site.limits.next_minute()
    assert await site.visit()


async def test_who_has_the_whole_link_is_told_the_truth_above_every_limit(site: Site) -> None:
    """That it was opened, ended or has expired; such a visit is counted, and uses up no limit"""
    for _ in range(PER_MINUTE + 1):
        await site.visit()
    over = AlreadyOpened(site.clock.now()), Shut(site.clock.now()), Gone(proven=True)
    for result in over:
        assert await site.counter.serves("spent", result, HOME)
    assert [Visit.SPENT, Visit.SPENT, Visit.EXPIRED] == site.seen[-3:]
    site.limits.next_minute()
    for _ in range(PER_MINUTE_IN_ALL):
        assert await site.counter.serves("spent", AlreadyOpened(site.clock.now()), HOME)
    assert await site.visit()


async def test_many_addresses_share_a_limit(site: Site) -> None:
    """None of them reaches its own"""
    for number in range(PER_MINUTE_IN_ALL):
        assert await site.visit(place=f"home {number}")
    assert not await site.visit(place="one more")


async def test_a_flood_hides_no_visit_to_a_link_that_waits(site: Site) -> None:
    """What is turned away is counted by its kind as well"""
    for _ in range(PER_MINUTE + 1):
        await site.visit()
    for _ in range(FEW):
        assert not await site.visit("waiting")
    await site.watch.look()
    (told,) = site.tally.told
    counts = Figures.read(told.text).counts
    assert counts == {Visit.UNKNOWN: 31, Visit.WRONG_PROOF: 5, Visit.LIMITED: 6}


async def test_security_is_told_once_in_an_hour(site: Site) -> None:
    """With an audit entry that has the figures; the next hour is another one"""
    for hours in range(2):
        for number in range(NOISE - 1):
            await site.visit(place=f"home {number}")
        await site.watch.look()
        assert len(site.tally.told) == hours
        await site.visit()
        for _ in range(2):
            await site.watch.look()
        assert len(site.tally.told) == hours + 1
        site.clock.go_on(hours=1)
    entry, told = site.tally.entries[0], site.tally.told[0]
    assert (told.audience, told.topic) == (Audience.SECURITY, Topic.VISITS)
    assert (entry.event, entry.actor, entry.target["unknown"]) == (AuditEvent.REFUSED, None, "100")


async def test_noise_at_the_start_of_an_hour_hides_no_visits_to_links_that_wait(site: Site) -> None:
    """Anyone can make noise: those visits are told of as well, and once"""
    for number in range(NOISE):
        await site.visit(place=f"home {number}")
    await site.watch.look()
    for number in range(FEW):
        assert len(site.tally.told) == 1
        await site.visit("waiting", place=f"another home {number}")
        await site.watch.look()
    assert [0, FEW] == [Figures.read(told.text).live for told in site.tally.told]
    await site.visit("waiting")
    await site.watch.look()
    assert len(site.tally.told) == 2


async def test_the_end_of_an_hour_is_told_of_in_the_next(site: Site) -> None:
    """And no later: the worker was away"""
    for _ in range(FEW):
        await site.visit("waiting")
    site.clock.go_on(hours=1)
    await site.watch.look()
    assert Figures.read(site.tally.told[0].text).live == FEW
    site.clock.go_on(hours=1)
    await site.watch.look()
    assert len(site.tally.told) == 1


async def test_few_visits_are_not_told_of(site: Site) -> None:
    """A person with a broken link tries it some times"""
    for _ in range(FEW - 1):
        await site.visit("waiting")
    await site.watch.look()
    assert site.tally.told == []
