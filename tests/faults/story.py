"""The whole story of a request, as people live it who press again where nothing was kept."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp

from tests.faults.crash_points import CrashPoints
from tests.scenarios.opening import open_link
from tests.scenarios.system import MIA, PLATFORM, TOM, Json, link_of, until

APPROVALS: Final = "C0APPROVE"
DIRECT: Final = "D0MIA0001"
PLACE: Final = "Staging"
NAME: Final = "shop-ci"
WISH: Final = f'request staging {NAME} --reason "builds of the shop"'
PATIENCE: Final = 60.0
"""Seconds for what takes a leasing time or two after a crash."""
PRESSES: Final = 2
"""Of Reveal, before somebody asks for another link."""
LIVE_FOR: Final = 150.0
"""Seconds that a key may work which nobody was shown: a link's lease, and two looks for it."""

Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Story:
    """Mia asks, Tom agrees, Keysmith makes the key, Mia collects it."""

    crash_points: CrashPoints

    async def tell(self) -> Json | None:
        """From the wish to the end; gives the credentials, or None where an answer was lost."""
        await self.ask()
        await self.approve()
        await self.made()
        return await self.finish()

    async def finish(self) -> Json | None:
        """Collect what waits, and let everything come to rest."""
        opened = await self.collect()
        await until(self._ended, PATIENCE)
        return opened

    async def ask(self) -> None:
        """Mia types her wish, and the card is posted."""
        act = self.crash_points.system.act
        await self._insist(
            "key:request", lambda: act("command", user=MIA, channel=PLATFORM, text=WISH)
        )
        await until(self.card, PATIENCE)

    async def approve(self) -> None:
        """Tom presses Approve."""
        await self._insist("decide", lambda: self.press(TOM, APPROVALS, self.card, "approve"))

    async def made(self) -> None:
        """The key is there and Mia is told; it works for nobody."""
        await until(self._ready, PATIENCE)
        assert await self.keys() == [False]

    async def collect(self) -> Json | None:
        """Mia presses Collect, then Reveal on the page; whatever is lost she asks for again."""
        system, spent = self.crash_points.system, set[str]()
        while True:
            await self._insist("claim", lambda: self.press(MIA, DIRECT, self._ready, "claim"))
            link = await until(lambda: self._link(spent), PATIENCE)
            spent.add(link)
            for _ in range(PRESSES):
                with contextlib.suppress(aiohttp.ClientError, AssertionError):
                    return await open_link(system, link, visit="the page that Mia has open")
                await self._after_the_crash()
            if await self._is_opened(link):
                return None
            await until(self.no_live_key_unclaimed, LIVE_FOR)

    async def _is_opened(self, link: str) -> bool:
        """Whether the page says that it was opened already."""
        async with self.crash_points.system.session.get(link) as page:
            return page.status == HTTPStatus.GONE

    async def no_live_key_unclaimed(self) -> bool:
        """Whether no key works that nobody was shown."""
        found = await self.crash_points.ask_redis("EVAL", CLAIMS, "0")
        return found == [] or not any(await self.keys()) or found == ["claimed"]

    async def _insist(self, action: str, act: Act) -> None:
        """Do it, and again where it was not kept: Slack said that it failed."""
        before = await self.crash_points.kept(action)
        while await self.crash_points.kept(action) == before:
            await act()
            await self._after_the_crash()

    async def _after_the_crash(self) -> None:
        """Where the crash has come, wait until there is a bot again, and Redis too."""

        async def ready() -> bool:
            system = self.crash_points.system
            try:
                async with system.session.get(f"{system.twins.at.bot}/readyz") as answer:
                    return answer.ok
            except aiohttp.ClientError:
                return False

        await until(ready, PATIENCE)

    async def press(
        self, user: str, channel: str, find: Callable[[], Awaitable[Json | None]], verb: str
    ) -> None:
        """Press a button of a message, as soon as the message is there."""
        message = await until(find, PATIENCE)
        elements = [
            (block["block_id"], element["action_id"])
            for block in message["blocks"]
            for element in block.get("elements", [])
            if element.get("type") == "button"
        ]
        (block_id, action_id) = next(it for it in elements if f":{verb}" in it[1])
        await self.crash_points.system.act(
            "click",
            user=user,
            channel=channel,
            message_ts=message["ts"],
            block_id=block_id,
            action_id=action_id,
        )

    async def card(self) -> Json | None:
        """The one card in the approvals channel."""
        cards = await self.cards()
        return cards[0] if cards else None

    async def cards(self) -> list[Json]:
        """Every card there."""
        said = await self._said(TOM, APPROVALS)
        return [m for m in said if "thread_ts" not in m and not m["ephemeral"]]

    async def thread(self) -> list[str]:
        """What is said under the card."""
        return [m["text"] for m in await self._said(TOM, APPROVALS) if "thread_ts" in m]

    async def told(self) -> list[str]:
        """What Mia is told by herself, links apart."""
        return [m["text"] for m in await self._said(MIA, DIRECT) if not m["ephemeral"]]

    async def _said(self, user: str, channel: str) -> Sequence[Json]:
        return [m for m in await self.crash_points.system.messages(user, channel) if "bot" in m]

    async def _ready(self) -> Json | None:
        """The message that the key waits."""
        said = [m for m in await self._said(MIA, DIRECT) if not m["ephemeral"]]
        return next((m for m in said if "The key is made" in m["text"]), None)

    async def _link(self, spent: set[str]) -> str | None:
        """The newest link that was not tried."""
        said = [m for m in await self._said(MIA, DIRECT) if m["ephemeral"] and "/s/" in str(m)]
        links = [link_of(m) for m in said]
        return links[-1] if links and links[-1] not in spent else None

    async def keys(self) -> list[bool]:
        """Whether each key of that name works."""
        state = await self.crash_points.system.cloudinary("state")
        place = next(e for e in state["environments"] if e["name"] == PLACE)
        return [key["enabled"] for key in place["keys"] if str(key["name"]).startswith(NAME)]

    async def _ended(self) -> bool:
        card = await self.card()
        collected = card is not None and "Collected." in card["text"]
        return collected and await self.crash_points.idle()


CLAIMS: Final = """
local states = {}
for number, key in ipairs(redis.call('KEYS', '{keysmith}:claim:*')) do
  states[number] = redis.call('HGET', key, 'state')
end
return states
"""
