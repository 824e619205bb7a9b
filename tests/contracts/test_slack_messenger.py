import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.store import Store
from bot.adapters.slack.client import Slack
from bot.adapters.slack.messenger import PACE_MS, PacedMessenger
from bot.cards.kit import Message
from bot.domain.requests.notifications import Posted
from tests.contracts.redis_server import connected, redis, server

__all__ = ["redis", "server"]

HELLO: Final = Message("hello", ())
LONG_MS: Final = 60_000
"""Longer than any test may take: whoever has to wait for it is seen not to come back."""
SHORT_MS: Final = 120
ROUNDED_MS: Final = 3
"""Redis counts whole milliseconds."""


class HeardSlack(Slack):
    """Remembers what is said, and where."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Hear it."""
        self.heard.append((thread or channel, message.text))
        return Posted(channel, mark)

    async def change(self, said: Posted, message: Message) -> None:
        """Hear it anew."""
        self.heard.append((said.ts, message.text))

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Say that it was said."""
        return Posted(channel, thread or mark)


@pytest.fixture
async def stores(server: Path, redis: Redis) -> AsyncIterator[tuple[Store, Store]]:
    """Bring the stores of two processes."""
    async with connected(server) as other:
        yield Store(redis), Store(other)


async def test_two_processes_share_the_pace_of_a_channel(stores: tuple[Store, Store]) -> None:
    """Whoever speaks, in the channel or in a thread of it: four messages have three pauses"""
    slack, loop = HeardSlack(), asyncio.get_running_loop()
    voices = [PacedMessenger(slack, store, SHORT_MS) for store in stores]
    begun = loop.time()
    async with asyncio.TaskGroup() as group:
        for messenger in voices:
            for thread in (None, "1.1"):
                group.create_task(messenger.send("C1", HELLO, mark="m", thread=thread))
    assert loop.time() - begun >= (3 * SHORT_MS - ROUNDED_MS) / 1000
    assert 4 == len(slack.heard)


async def test_one_channel_keeps_no_other_waiting(stores: tuple[Store, Store]) -> None:
    """A person hears of it at once, however much is said elsewhere"""
    slack = HeardSlack()
    for store, channels in zip(stores, (["C1", "U1"], ["C2", "U2"]), strict=True):
        messenger = PacedMessenger(slack, store, LONG_MS)
        for channel in channels:
            await messenger.send(channel, HELLO, mark="m")
    assert ["C1", "U1", "C2", "U2"] == [where for where, _ in slack.heard]


async def test_changing_and_looking_wait_for_nobody(stores: tuple[Store, Store]) -> None:
    """They have a pace of their own at Slack"""
    slack = HeardSlack()
    messenger = PacedMessenger(slack, stores[0], LONG_MS)
    said = await messenger.send("C1", HELLO, mark="m")
    await messenger.change(said, HELLO)
    assert said == await messenger.find("C1", "m")
    assert [("C1", "hello"), ("m", "hello")] == slack.heard


async def test_who_waits_speaks_when_the_pause_is_over(stores: tuple[Store, Store]) -> None:
    """And not before; a process that died holds nobody up for longer"""
    slack = HeardSlack()
    await PacedMessenger(slack, stores[0], LONG_MS).send("C1", HELLO, mark="m")
    waiting = asyncio.create_task(PacedMessenger(slack, stores[1]).send("C1", HELLO, mark="n"))
    left = await stores[0].text("PTTL", "{keysmith}:pace:C1")
    assert 0 < int(left or 0) <= LONG_MS
    assert not waiting.done()
    await stores[0].call("DEL", "{keysmith}:pace:C1")
    assert Posted("C1", "n") == await waiting
    assert 0 < int(await stores[0].text("PTTL", "{keysmith}:pace:C1") or 0) <= PACE_MS
