"""People who go on giving commands while keys change, and what became of each command."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from redis.asyncio import Redis

from tests.scenarios.presses import QUEUES
from tests.scenarios.system import ADA, PLATFORM, TOM, System, until
from tests.soak.tally import failed, unclosed

PAUSE: Final = 0.2
"""Seconds between two commands."""
PEOPLE: Final = (TOM, ADA)
ENDING: Final = ("answered", "refused", "failed")
"""Events of the audit log of which each job has one, at its end."""
SETTLE: Final = 60.0
"""Seconds in which everything that was acknowledged has its answer."""


async def asked_redis(system: System, *command: str) -> object:
    """Send a command to the Redis that all processes share."""
    async with Redis.from_url(system.bot.environment["REDIS_URL"]) as redis:
        answer: object = await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        return answer


@dataclass
class Load:
    """People who give commands, each with a name of its own in its text and in its answer."""

    system: System
    acked: set[str] = field(default_factory=set)
    numbers: "count[int]" = field(default_factory=count)

    async def give(self) -> None:
        """Give one command; the next person has the next turn."""
        number = next(self.numbers)
        user, name = PEOPLE[number % len(PEOPLE)], f"rolled-{number:03d}"
        there = {"user": user, "channel": PLATFORM}
        sent = await self.system.act("command", **there, text=f"key show {name}")
        if sent["delivered"] == "ok":
            self.acked.add(name)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Go on while the block runs."""
        over = asyncio.Event()

        async def give() -> None:
            while not over.is_set():
                await self.give()
                await asyncio.sleep(PAUSE)

        giving = asyncio.create_task(give())
        try:
            yield
        finally:
            over.set()
            await giving

    async def answers(self) -> Counter[str]:
        """Count the answers to each command."""
        texts = [
            message["text"]
            for user in PEOPLE
            for message in await self.system.messages(user, PLATFORM)
            if "bot" in message
        ]
        names = (f"rolled-{number:03d}" for number in range(1_000))
        found = {name: sum(name in text for text in texts) for name in names}
        return Counter({name: times for name, times in found.items() if times})

    async def settled(self) -> None:
        """Wait until nothing waits: each acknowledged command has run once and has one answer."""

        async def quiet() -> bool:
            waiting = [await asked_redis(self.system, "XLEN", queue) for queue in QUEUES]
            return not any(waiting) and self.acked <= set(await self.answers())

        await until(quiet, SETTLE)
        assert self.acked
        assert Counter(self.acked) == await self.answers()
        log = await self.system.audit()
        assert (set(), set()) == (unclosed(log), failed(log))
        ends = Counter(each["errand"] for each in log if each["deed"] in ENDING)
        effects = Counter(each["errand"] for each in log if each["deed"] == "done")
        asked = {each["errand"] for each in log if each["deed"] == "asked"}
        assert [] == [job for job in {*asked, *ends} if ends[job] != 1 or effects[job] > 1]
        assert len(self.acked) <= len(asked)
