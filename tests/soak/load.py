"""The load of a soak: mixed commands at a steady rate, each with a number in its text."""

import asyncio
import random
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from tests.soak.farm import PLACES, Farm

PREFIX: Final = "soak-"
NUMBER: Final = "{:06d}"
CREATIONS: Final = tuple(f"key create soak-{{}} --env {place}" for place in PLACES)
KEPT: Final = 90.0
"""Seconds after which a created key is counted and deleted; later commands find it gone."""
READS: Final = ("key show soak-{}", "explain key disable soak-{}", "key show soak-{} --env staging")
CREATES: Final = 0.05
"""The share of commands that create a key: changes of one environment wait for each other."""


@dataclass
class Load:
    """Sends commands; whatever is sent is in the tally."""

    farm: Farm
    rate: float
    chance: random.Random
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    sending: set[asyncio.Task[None]] = field(default_factory=set)
    sent: int = 0

    async def run(self, seconds: float) -> None:
        """Send for so long, then wait for the last delivery to end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() < began + seconds:
            task = asyncio.create_task(self._one(next(self.numbers)))
            self.sending.add(task)
            task.add_done_callback(self.sending.discard)
            self.sent += 1
            await asyncio.sleep(max(0.0, began + self.sent / self.rate - loop.time()))
        if self.sending:
            await asyncio.wait(set(self.sending))

    async def _one(self, number: int) -> None:
        text = self.chance.choice(CREATIONS if self.chance.random() < CREATES else READS)
        tally, people = self.farm.tally, self.farm.people
        user = people[number % len(people)].id
        began = asyncio.get_running_loop().time()
        acked = await self.farm.command(user, text.format(NUMBER.format(number)))
        if acked:
            tally.seconds.append(asyncio.get_running_loop().time() - began)
        (tally.acked if acked else tally.refused).add(number)

    async def count_keys(self, *, forget: bool) -> None:
        """Count the keys of each command; `forget` deletes those whose command has its answer."""
        tally, found = self.farm.tally, dict[int, list[str]]()
        for name, address in await self.farm.keys():
            if name.startswith(PREFIX):
                found.setdefault(int(name.removeprefix(PREFIX)), []).append(address)
        for number, addresses in found.items():
            tally.keys[number] = max(tally.keys[number], len(addresses))
            if forget and number in tally.answered and number < self.sent - KEPT * self.rate:
                for each in addresses:
                    await self.farm.forget(each)
