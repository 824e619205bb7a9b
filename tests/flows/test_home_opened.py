"""App Home is drawn once at a time for a person, however often they open it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.kit import Block
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.errors import Halted, SlackAway, StoreError
from handlers.background import Background
from handlers.gate import ACTOR
from handlers.home import AppHome
from tests.flows.harness import BILLING, TECH, Harness, english, goes_on


class Publisher:
    """A Slack that takes a tab once it is `free`; `published` counts them by user."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.away = False
        self.published: Counter[str] = Counter()
        self.last = ""

    async def publish(self, user_id: str, view: Block) -> None:
        """Take a tab."""
        self.last = str(view)
        await self.free.wait()
        if self.away:
            raise SlackAway("away")
        self.published[user_id] += 1

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Name each offer."""
        return [f"o{number}" for number, _ in enumerate(offers)]

    async def find(self, offer_id: str) -> Offer | None:
        """Refuse: no button is pressed."""
        raise AssertionError(offer_id)


async def opened(home: AppHome, actor: Actor, times: int = 1) -> None:
    """Open the tab some times in a row."""
    for _ in range(times):
        body: dict[str, object] = {"event": {"tab": "home"}}
        await home.opened(body, AsyncBoltContext({ACTOR: actor}))


@pytest.mark.parametrize("away", [False, True], ids=["published", "Slack away"])
async def test_a_person_who_opens_the_tab_again_and_again_has_it_drawn_once(
    harness: Harness, *, away: bool
) -> None:
    """Until it is there; another person's is drawn at the same time, and the next opening is too"""
    slack, background = Publisher(), Background()
    slack.away = away
    home = AppHome(harness.flows.home, slack, slack, background, goes_on, english)
    await opened(home, TECH, 20)
    await opened(home, BILLING)
    slack.free.set()
    await background.drain()
    once = {} if away else {TECH.user_id: 1, BILLING.user_id: 1}
    assert once == slack.published
    slack.away = False
    await opened(home, TECH)
    await background.drain()
    assert once.get(TECH.user_id, 0) + 1 == slack.published[TECH.user_id]


async def test_what_can_not_be_read_is_told_to_who_opens_the_tab(harness: Harness) -> None:
    """The tab of before may be hours old; one that is drawn after a press remains"""

    async def gone() -> None:
        raise StoreError("away")

    slack, background = Publisher(), Background()
    slack.free.set()
    home = AppHome(harness.flows.home, slack, slack, background, gone, english)
    home.draw_later(TECH)
    await background.drain()
    assert not slack.published
    await opened(home, TECH)
    await background.drain()
    for words in ("can't read your requests", "Open this tab again", "use Cloudinary's Console"):
        assert words in slack.last
    assert "actions" not in slack.last


async def test_a_halted_keysmith_says_so_in_the_tab(harness: Harness) -> None:
    """It reads nothing of a state that may be an old one, and says how to stop a key"""

    async def halted() -> None:
        raise Halted("history went back")

    slack, background = Publisher(), Background()
    slack.free.set()
    home = AppHome(harness.flows.home, slack, slack, background, halted, english)
    await opened(home, TECH)
    await background.drain()
    assert "Keysmith has stopped" in slack.last
    assert "use Cloudinary's Console" in slack.last
    assert "actions" not in slack.last


async def test_a_process_without_the_account_key_has_a_worker_draw_the_tab(
    harness: Harness,
) -> None:
    """It draws nothing itself, unless the queue can't be reached and the person waits"""
    slack, background = Publisher(), Background()
    slack.free.set()
    queued = list[tuple[Actor, bool]]()

    async def queue(actor: Actor, opened: bool) -> None:  # noqa: FBT001  # as the port
        if slack.away:
            raise StoreError
        queued.append((actor, opened))

    reader = replace(harness.flows.home, elsewhere=queue)
    home = AppHome(reader, slack, slack, background, goes_on, english)
    await opened(home, TECH, 2)
    home.draw_later(BILLING)
    await background.drain()
    assert queued == [(TECH, True), (BILLING, False)]
    assert not slack.published

    slack.away = True
    await opened(home, TECH)
    home.draw_later(BILLING)
    await background.drain()
    assert "can't read your requests" in slack.last
