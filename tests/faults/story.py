"""The whole story of a request; its people press again when nothing was stored."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

import aiohttp

from tests.faults.crash_points import CrashPoints
from tests.scenarios.opening import open_link, whose
from tests.scenarios.presses import direct
from tests.scenarios.system import MIA, PLATFORM, TOM, Json, link_of, until

APPROVALS: Final = "C0APPROVE"
PLACE: Final = "Staging"
NAME: Final = "shop-ci"
REQUEST: Final = f'request staging {NAME} --reason "builds of the shop"'
TIMEOUT: Final = 60.0
"""Seconds; after a crash a step takes a lease or two."""
PRESSES: Final = 2
"""Attempts to reveal before Mia asks for another link."""
LIVE_FOR: Final = 150.0
"""Seconds that a key may work without having been shown: a link's lease and two recoveries."""

NO_LINK: Final = "no link"
"""Stands for the answer that the command was run already, where the crash lost its link."""

Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Story:
    """Mia requests a key, Tom approves, Keysmith creates it, Mia collects it."""

    setup: CrashPoints
    owner: str = MIA
    name: str = NAME
    """What the names begin with of the keys that do not work before they are collected."""

    @property
    def _direct(self) -> str:
        return direct(self.owner)

    async def run(self) -> Json | None:
        """Run the whole story; gives the credentials, or None if their answer was lost."""
        await self.ask()
        await self.approve()
        await self.made()
        return await self.finish()

    async def finish(self) -> Json | None:
        """Collect the credentials, and wait until the bot is idle."""
        opened = await self.collect()
        await until(self._ended, TIMEOUT)
        return opened

    async def ask(self) -> None:
        """Mia types her command, and the bot posts the card."""
        act = self.setup.system.act
        await self.insist(
            "key:request", lambda: act("command", user=MIA, channel=PLATFORM, text=REQUEST)
        )
        await until(self.card, TIMEOUT)

    async def approve(self) -> None:
        """Tom presses Approve."""
        await self.insist("decide", lambda: self.press(TOM, APPROVALS, self.card, "approve"))

    async def made(self) -> None:
        """Wait for the notification that the key exists; the key is disabled."""
        await until(self._ready, TIMEOUT)
        assert await self.keys() == [False]

    async def collect(self) -> Json | None:
        """Mia presses Collect, then Reveal on the page, and repeats what a crash lost."""
        system, tried = self.setup.system, set[str]()
        while True:
            repeated = await self._repeated()
            await self.insist(
                "claim", lambda: self.press(self.owner, self._direct, self._ready, "claim")
            )
            link = await until(partial(self._answer, tried, repeated), TIMEOUT)
            if link == NO_LINK:
                continue
            tried.add(link)
            for _ in range(PRESSES):
                with contextlib.suppress(aiohttp.ClientError, AssertionError):
                    return await open_link(system, link, visit="the page that Mia has open")
                await self._after_the_crash()
            if await self._is_opened(link):
                return None
            await until(self.no_live_key_unclaimed, LIVE_FOR)

    async def _answer(self, tried: set[str], repeated: int) -> str | None:
        """Find the answer to Collect: a link, or that the answer with the link was lost."""
        lost = await self._repeated() > repeated
        return await self._link(tried) or (NO_LINK if lost else None)

    async def _repeated(self) -> int:
        """Count the answers that tell Mia to press again."""
        return str(await self._posted(self.owner, self._direct)).count("command has already run")

    async def _is_opened(self, link: str) -> bool:
        """Whether the page shows that the link was opened already."""
        status, _ = await whose(self.setup.system, link)
        return status == HTTPStatus.GONE

    async def no_live_key_unclaimed(self) -> bool:
        """Whether no key is enabled whose credentials were not shown."""
        states = await self.setup.ask_redis("EVAL", PENDING_STATES, "0")
        return states == [] or not any(await self.keys()) or states == ["claimed"]

    async def insist(self, action: str, act: Act) -> None:
        """Act, and repeat until the bot accepts it, as people do when Slack reports a failure."""
        before = await self.setup.accepted(action)
        while await self.setup.accepted(action) == before:
            await act()
            await self._after_the_crash()

    async def _after_the_crash(self) -> None:
        """Wait until the bot and its Redis are ready again."""

        async def ready() -> bool:
            system = self.setup.system
            try:
                async with system.session.get(f"{system.twins.at.admin}/readyz") as answer:
                    return answer.ok
            except aiohttp.ClientError:
                return False

        await until(ready, TIMEOUT)

    async def press(
        self, user: str, channel: str, find: Callable[[], Awaitable[Json | None]], verb: str
    ) -> None:
        """Press a button of a message, as soon as the message exists."""
        message = await until(find, TIMEOUT)
        elements = [
            (block["block_id"], element["action_id"])
            for block in message["blocks"]
            for element in block.get("elements", [])
            if element.get("type") == "button"
        ]
        (block_id, action_id) = next(it for it in elements if f":{verb}" in it[1])
        await self.setup.system.act(
            "click",
            user=user,
            channel=channel,
            message_ts=message["ts"],
            block_id=block_id,
            action_id=action_id,
        )

    async def card(self) -> Json | None:
        """Give the card in the approvals channel."""
        cards = await self.cards()
        return cards[0] if cards else None

    async def cards(self) -> list[Json]:
        """List the cards in the approvals channel."""
        posted = await self._posted(TOM, APPROVALS)
        return [m for m in posted if "thread_ts" not in m and not m["ephemeral"]]

    async def thread(self) -> list[str]:
        """List the texts in the card's thread."""
        return [m["text"] for m in await self._posted(TOM, APPROVALS) if "thread_ts" in m]

    async def direct_messages(self) -> list[str]:
        """List the direct messages to the owner, without ephemeral ones."""
        return [
            m["text"] for m in await self._posted(self.owner, self._direct) if not m["ephemeral"]
        ]

    async def _posted(self, user: str, channel: str) -> Sequence[Json]:
        return [m for m in await self.setup.system.messages(user, channel) if "bot" in m]

    async def _ready(self) -> Json | None:
        """Find the message with Collect."""
        posted = [m for m in await self._posted(self.owner, self._direct) if not m["ephemeral"]]
        return next((m for m in posted if ":claim" in str(m["blocks"])), None)

    async def _link(self, tried: set[str]) -> str | None:
        """Find the newest link, unless it was tried."""
        posted = await self._posted(self.owner, self._direct)
        links = [link_of(m) for m in posted if m["ephemeral"] and "/s/" in str(m)]
        return links[-1] if links and links[-1] not in tried else None

    async def keys(self) -> list[bool]:
        """Give for each key of this name whether it is enabled."""
        state = await self.setup.system.cloudinary("state")
        place = next(e for e in state["environments"] if e["name"] == PLACE)
        return [key["enabled"] for key in place["keys"] if str(key["name"]).startswith(self.name)]

    async def _ended(self) -> bool:
        card = await self.card()
        collected = card is not None and "Collected " in card["text"]
        return collected and await self.setup.idle()


PENDING_STATES: Final = """
local states = {}
for number, key in ipairs(redis.call('KEYS', '{keysmith}:claim:*')) do
  states[number] = redis.call('HGET', key, 'state')
end
return states
"""
