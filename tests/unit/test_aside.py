"""An item that waits for time alone, such as a Retry-After, keeps no other from running."""

import asyncio

from bot.adapters.aside import held, wait_aside
from bot.adapters.redis.places import Places


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(9):
        await asyncio.sleep(0)


class Guest:
    """Takes a place, leaves it for a while, and ends when told."""

    def __init__(self, places: Places, owner: str) -> None:
        self.leaves, self.ends, self.away = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.inside = False
        self.task = asyncio.create_task(self._visit(places, owner))

    async def _visit(self, places: Places, owner: str) -> None:
        async with places.place(owner):
            self.inside = True
            await self.leaves.wait()
            place = held.get()
            assert place
            assert place.leave()
            assert not place.leave()
            self.inside = False
            await self.away.wait()
            await place.come_back()
            self.inside = True
            await self.ends.wait()
        self.inside = False


async def test_a_place_is_free_while_its_item_waits_for_time_alone() -> None:
    """Another owner takes it; the item comes back before those who wait for their first place"""
    places = Places(1, 1)
    mia = Guest(places, "mia")
    await settle()
    tom, ada, mias_next = Guest(places, "tom"), Guest(places, "ada"), Guest(places, "mia")
    await settle()
    mia.leaves.set()
    await settle()
    assert [each.inside for each in (mia, tom, ada, mias_next)] == [False, True, False, False]
    mia.away.set()
    await settle()
    assert not mia.inside
    tom.task.cancel()
    await settle()
    assert [each.inside for each in (mia, ada, mias_next)] == [True, False, False]
    mia.ends.set()
    await settle()
    assert ada.inside
    for each in (tom, ada, mias_next):
        each.task.cancel()
    await settle()
    assert await places.vacant() == 1


async def test_an_item_that_is_stopped_on_its_way_back_leaves_nothing_taken() -> None:
    """At each moment of the way"""
    for steps in range(9):
        places = Places(1, 1)
        mia = Guest(places, "mia")
        await settle()
        mia.leaves.set()
        await settle()
        mia.away.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        mia.task.cancel()
        await settle()
        async with asyncio.timeout(1), places.place("tom"):
            pass
        assert await places.vacant() == 1


async def test_outside_a_worker_it_only_sleeps() -> None:
    """Such as for a page"""
    assert held.get() is None
    await wait_aside(0)
