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
"""Longer than any test may take: a test that waits for it fails by its timeout."""
SHORT_MS: Final = 120
ROUNDED_MS: Final = 3
"""Redis counts whole milliseconds."""


class RecordingSlack(Slack):
    """Records each message and its place."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Record a post."""
        self.messages.append((thread or channel, message.text))
        return Posted(channel, mark)

    async def change(self, posted: Posted, message: Message) -> None:
        """Record a change."""
        self.messages.append((posted.ts, message.text))

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Find every message."""
        return Posted(channel, thread or mark)

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Likewise."""
        return [Posted(channel, thread or mark)]


@pytest.fixture
async def stores(server: Path, redis: Redis) -> AsyncIterator[tuple[Store, Store]]:
    """The stores of two processes."""
    async with connected(server) as other:
        yield Store(redis), Store(other)


async def test_two_processes_share_the_pace_of_a_channel(stores: tuple[Store, Store]) -> None:
    """Four messages to the channel and its threads have three pauses"""
    slack, loop = RecordingSlack(), asyncio.get_running_loop()
    messengers = [PacedMessenger(slack, store, SHORT_MS) for store in stores]
    begun = loop.time()
    async with asyncio.TaskGroup() as group:
        for messenger in messengers:
            for thread in (None, "1.1"):
                group.create_task(messenger.send("C1", HELLO, mark="m", thread=thread))
    assert loop.time() - begun >= (3 * SHORT_MS - ROUNDED_MS) / 1000
    assert 4 == len(slack.messages)


async def test_one_channel_keeps_no_other_waiting(stores: tuple[Store, Store]) -> None:
    """Messages to a person do not wait for those to a channel"""
    slack = RecordingSlack()
    for store, channels in zip(stores, (["C1", "U1"], ["C2", "U2"]), strict=True):
        messenger = PacedMessenger(slack, store, LONG_MS)
        for channel in channels:
            await messenger.send(channel, HELLO, mark="m")
    assert ["C1", "U1", "C2", "U2"] == [where for where, _ in slack.messages]


async def test_changes_and_searches_do_not_wait(stores: tuple[Store, Store]) -> None:
    """They have other limits at Slack"""
    slack = RecordingSlack()
    messenger = PacedMessenger(slack, stores[0], LONG_MS)
    posted = await messenger.send("C1", HELLO, mark="m")
    await messenger.change(posted, HELLO)
    assert posted == await messenger.find("C1", "m")
    assert [("C1", "hello"), ("m", "hello")] == slack.messages


async def test_a_waiting_message_is_posted_after_the_pause(stores: tuple[Store, Store]) -> None:
    """And not before; the pause of a process that died ends too"""
    slack = RecordingSlack()
    await PacedMessenger(slack, stores[0], LONG_MS).send("C1", HELLO, mark="m")
    waiting = asyncio.create_task(PacedMessenger(slack, stores[1]).send("C1", HELLO, mark="n"))
    left = await stores[0].text("PTTL", "{keysmith}:pace:C1")
    assert 0 < int(left or 0) <= LONG_MS
    assert not waiting.done()
    await stores[0].call("DEL", "{keysmith}:pace:C1")
    assert Posted("C1", "n") == await waiting
    assert 0 < int(await stores[0].text("PTTL", "{keysmith}:pace:C1") or 0) <= PACE_MS
