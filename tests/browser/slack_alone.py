"""The simulated Slack with a scripted bot, and browser windows into the workspace."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Locator, Page, ViewportSize, expect

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import TOM, Lab, lab, until

ACK_TIMEOUT = 1.0  # seconds; long enough for a busy machine, short enough to wait for


async def fits(shown: Locator) -> bool:
    """Whether all of an element is inside the window."""
    box = await shown.bounding_box()
    assert box
    size = shown.page.viewport_size or ViewportSize(width=0, height=0)
    sideways = box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    return bool(sideways and box["y"] >= 0 and box["y"] + box["height"] <= size["height"])


@dataclass(frozen=True)
class Window:
    """A browser page in which a person uses the workspace."""

    page: Page
    lab: Lab

    async def enter(self, person: str, channel: str = "platform") -> None:
        """Open the workspace as a person, in a channel."""
        await self.page.goto(f"{self.lab.url}/?as={person}&in={channel}")
        title = self.page.get_by_role("heading", level=1)
        await expect(title).to_have_text(channel, ignore_case=True)

    async def say(self, text: str) -> None:
        """Type into the composer."""
        await self.page.get_by_test_id("composer").fill(text)
        await self.page.keyboard.press("Enter")

    async def modal(self, view: Payload, user: str = TOM) -> None:
        """Open a modal for the person."""
        await self.lab.modal(view, user)
        await self.page.get_by_test_id("modal").wait_for()

    async def submit(self) -> None:
        """Press the modal's button."""
        await self.page.get_by_test_id("modal-submit").click()

    async def heard(self, kind: str) -> Payload:
        """Wait until the bot gets a payload of a kind, and give it."""
        await until(lambda: any(one.get("type") == kind for one in self._payloads()))
        return next(one for one in reversed(self._payloads()) if one.get("type") == kind)

    def _payloads(self) -> list[Payload]:
        told = (one for one in self.lab.bot.received if "command" not in one.form)
        return [one.payload.get("event", one.payload) for one in told]

    async def values(self) -> Payload:
        """The submitted values by block."""
        state = (await self.heard("view_submission"))["view"]["state"]["values"]
        entries = {block: next(iter(actions.values())) for block, actions in state.items()}
        return {
            block: next(value for name, value in entry.items() if name != "type")
            for block, entry in entries.items()
        }


@asynccontextmanager
async def window(page: Page) -> AsyncIterator[Window]:
    """Run a workspace and give a window into it."""
    async with lab(clock=time.time, ack_timeout=ACK_TIMEOUT) as alone:
        yield Window(page, alone)
        await page.goto("about:blank")  # its stream ends before the server
