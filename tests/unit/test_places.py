import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.redis.places import Places

EACH: Final = 2
TOTAL: Final = 5


class Hall:
    """Runs visits of owners until each has left; notes who came in, in order."""

    def __init__(self) -> None:
        self.places = Places(TOTAL, EACH)
        self.inside: Counter[str] = Counter()
        self.came: list[str] = []
        self.most: Counter[str] = Counter()

    async def visit(self, owner: str, until: asyncio.Event) -> None:
        """Come in, and leave when told."""
        async with self.places.place(owner):
            self.came.append(owner)
            self.inside[owner] += 1
            self.most |= self.inside
            assert self.inside.total() <= TOTAL
            try:
                await until.wait()
            finally:
                self.inside[owner] -= 1

    def start(self, owners: Sequence[str], until: asyncio.Event) -> list[asyncio.Task[None]]:
        """Start a visit of each."""
        return [asyncio.create_task(self.visit(owner, until)) for owner in owners]


async def test_many_of_one_leave_a_place_to_another() -> None:
    """It comes in at once, behind a hundred that came before it"""
    hall, stay = Hall(), asyncio.Event()
    visits = hall.start(["mia"] * 100 + ["tom"], stay)
    await asyncio.sleep(0)
    assert Counter(mia=EACH, tom=1) == hall.inside
    assert TOTAL - EACH - 1 == await hall.places.vacant()
    stay.set()
    await asyncio.gather(*visits)
    assert (100, 1) == (hall.came.count("mia"), hall.came.count("tom"))


async def test_a_free_place_goes_to_who_has_the_fewest() -> None:
    """And among those in turn, so that nine people with many items advance together"""
    hall, stay = Hall(), asyncio.Event()
    owners = list("abcdefghi")
    visits = hall.start([each for each in owners for _ in range(20)], stay)
    await asyncio.sleep(0)
    stay.set()
    await asyncio.gather(*visits)
    for count in range(1, len(hall.came) + 1):
        soonest = Counter(hall.came[:count])
        assert max(soonest.values()) - min(soonest[each] for each in owners) <= EACH + 1


async def test_who_is_cancelled_takes_no_place() -> None:
    """Before it came in, while it is inside, and in the moment between the two"""
    hall, stay = Hall(), asyncio.Event()
    visits = hall.start(["mia"] * 4, stay)
    await asyncio.sleep(0)
    for visit in visits:
        visit.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    assert TOTAL == await hall.places.vacant()
    between = asyncio.create_task(hall.visit("mia", stay))
    asyncio.get_running_loop().call_soon(between.cancel)
    await asyncio.gather(between, return_exceptions=True)
    stay.set()
    await asyncio.gather(*hall.start(["mia"] * 4, stay))
    assert TOTAL == await hall.places.vacant()


@given(st.lists(st.sampled_from("abcdefghi"), max_size=40), st.data())
def test_each_comes_in_once_and_within_the_limits(owners: list[str], data: st.DataObject) -> None:
    """In any order of arrivals and cancellations"""
    cancelled = data.draw(st.sets(st.integers(0, max(0, len(owners) - 1))))

    async def run() -> Hall:
        hall, stay = Hall(), asyncio.Event()
        visits = hall.start(owners, stay)
        await asyncio.sleep(0)
        for number in cancelled & set(range(len(owners))):
            visits[number].cancel()
        stay.set()
        ended = await asyncio.gather(*visits, return_exceptions=True)
        assert ended.count(None) <= len(hall.came)
        assert TOTAL == await hall.places.vacant()
        return hall

    assert max(asyncio.run(run()).most.values(), default=0) <= EACH
