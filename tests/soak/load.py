"""The load of a soak: people's acts at a steady rate, in all, each with its mark in the tally."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import aiohttp

from sandbox.slack.workspace import Message
from tests.scenarios.opening import open_link, whose
from tests.soak.farm import Farm
from tests.soak.tally import NAME, Tally

KEPT: Final = 90.0
"""Seconds after which a created key is counted and deleted; later commands find it gone."""

Story = Callable[["Load", int], Coroutine[object, object, None]]


@dataclass
class Load:
    """Gives each act its turn: those that go on with a story first, then the next story."""

    farm: Farm
    rate: float
    chance: random.Random
    story: Story
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    waiting: deque[asyncio.Event] = field(default_factory=deque)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    broken: list[Exception] = field(default_factory=list)
    started: int = 0

    @property
    def tally(self) -> Tally:
        """What became of the acts."""
        return self.farm.tally

    async def run(self, seconds: float) -> None:
        """Begin stories for so long, then let each come to its end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for turn in count(1):
            if self.waiting:
                self.waiting.popleft().set()
            elif loop.time() < began + seconds:
                self._begin()
            elif not self.running:
                break
            await asyncio.sleep(max(0.0, began + turn / self.rate - loop.time()))
        if self.broken:
            raise ExceptionGroup("stories that broke", self.broken)

    def _begin(self) -> None:
        self.started = next(self.numbers)
        task = asyncio.create_task(self.story(self, self.started))
        self.running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.running.discard(task)
        broken = task.exception()
        if isinstance(broken, Exception):
            self.broken.append(broken)

    async def turn(self) -> None:
        """Wait for a turn; a story's first act has one already."""
        given = asyncio.Event()
        self.waiting.append(given)
        await given.wait()

    async def say(self, kind: str, user: str, text: str) -> bool:
        """Type a command; whether Slack got its ack, and not one that says that it is not kept."""
        return await self._deliver(kind, text, self.farm.command(user, text))

    async def press(self, kind: str, user: str, message: Message, action_id: str) -> bool:
        """Press a button of a message; whether Slack got its ack."""
        return await self._deliver(kind, action_id, self.farm.click(user, message, action_id))

    async def _deliver(self, kind: str, mark: str, act: Coroutine[object, object, bool]) -> bool:
        now = asyncio.get_running_loop().time
        began = now()
        self.tally.sent[kind] += 1
        self.tally.answers.pop(mark, None)  # of a try before
        acked = await act and not self.tally.not_kept(mark)
        if acked:
            self.tally.seconds.append(now() - began)
            self.tally.ack(kind, mark)
        return acked

    async def open(self, name: str, link: str) -> bool:
        """Open a link's page; once it is there, it must show the credentials."""
        self.tally.sent["opening"] += 1
        with contextlib.suppress(aiohttp.ClientError):
            async with self.farm.system.session.get(link) as page:
                if page.ok:
                    self.tally.ack("opening", f"open {name}")
                return page.ok
        return False

    async def reveal(self, name: str, link: str, visit: str) -> bool:
        """Press Reveal on an open page; whether it showed the credentials of that key."""
        try:
            await whose(self.farm.system, link)
            opened = await open_link(self.farm.system, link, visit)
        except (aiohttp.ClientError, AssertionError, ValueError):  # Redis or its process died
            return False
        self.tally.answer(f"open {name}", opened["name"])
        return bool(opened["name"] == name)

    async def count_keys(self, *, forget: bool) -> None:
        """Count the keys of each command; `forget` deletes old ones whose story is over."""
        found = dict[int, list[tuple[str, bool]]]()
        for name, address, enabled in await self.farm.keys():
            if match := NAME.fullmatch(name):
                found.setdefault(int(match.group(1)), []).append((address, enabled))
        for number, keys in found.items():
            self.tally.found(number, [enabled for _, enabled in keys])
            old = number < self.started - KEPT * self.rate
            if forget and old and number in self.tally.expected:
                for address, _ in keys:
                    await self.farm.forget(address)
