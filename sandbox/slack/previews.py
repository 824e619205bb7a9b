"""Programs that open the links in messages before people do: Slack's robot, a gateway, a browser.

docs.slack.dev/messaging/unfurling-links-in-messages: only both flags together stop Slack's robot.
"""

import re
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TypeAlias

import aiohttp
from yarl import URL

from sandbox.slack.background import Background
from sandbox.slack.payload import Payload

SLACKBOT = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
DRIVER = "playwright"
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_GATEWAY = "Mozilla/5.0 (compatible; mail gateway)"
_URL = re.compile(r"https?://[^\s<>|\"'`]+")
_SECONDS = aiohttp.ClientTimeout(total=5)  # for one link; a guess
_RANGE = {"Range": "bytes=0-32767"}  # enough for a title and a picture


class Mode(StrEnum):
    """Slack's own robot, a mail gateway that ignores the flags, or a browser that runs scripts."""

    SLACK = "slack"
    PARANOID = "paranoid"
    BROWSER = "browser"


def chromium() -> str | None:
    """The path of this machine's browser; None without one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def missing_for(mode: Mode, browser: str | None, driver: object) -> str:
    """A sentence on what the mode needs and this machine lacks; empty if nothing."""
    if mode is not Mode.BROWSER:
        return ""
    if driver is None:
        return "the browser mode needs playwright: install requirements-dev.txt"
    return "" if browser else f"the browser mode needs one of {', '.join(_BROWSERS)}"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in _strings(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in _strings(inner))


def links(*values: object) -> list[str]:
    """Every http(s) URL in some JSON, including buttons, once each and in order."""
    found = (url for value in values for text in _strings(value) for url in _URL.findall(text))
    return list(dict.fromkeys(url.replace("&amp;", "&") for url in found))


Opening: TypeAlias = Callable[[str], Awaitable[int | None]]


@dataclass
class Previewer:
    """Opens links in the background; a visit in `visits` gets its `status` when it is done."""

    session: aiohttp.ClientSession
    background: Background
    mode: Mode
    visits: list[Payload] = field(default_factory=list)

    def look_at(self, body: Payload) -> None:
        """Open a message's links; Slack does not if both unfurl flags are false."""
        flags = {body.get("unfurl_links"), body.get("unfurl_media")}
        if self.mode is Mode.SLACK and flags == {False}:
            return
        for url in links(body.get("text"), body.get("blocks"), body.get("attachments")):
            self.background.start(self._open(self.mode, url))

    async def _open(self, mode: Mode, url: str) -> None:
        match mode:
            case Mode.SLACK:
                for method in ("HEAD", "GET"):
                    await self._fetch(mode, method, url, {"User-Agent": SLACKBOT})
            case Mode.PARANOID:
                gateway = {"User-Agent": _GATEWAY}
                bare = str(URL(url).with_fragment(None))
                for address in dict.fromkeys((url, bare)):
                    await self._fetch(mode, "HEAD", address, gateway)
                    await self._fetch(mode, "GET", address, gateway)
                    await self._fetch(mode, "GET", address, gateway | _RANGE)
            case Mode.BROWSER:
                # Playwright is only a development dependency.
                from sandbox.slack import browser  # noqa: PLC0415

                opening = partial(browser.open_page, chromium=chromium())
                await self._visit({"mode": mode, "method": "GET", "url": url}, opening)

    async def _fetch(self, mode: Mode, method: str, url: str, headers: Mapping[str, str]) -> None:
        async def fetch(address: str) -> int | None:
            try:
                async with self.session.request(
                    method, address, headers=headers, timeout=_SECONDS, allow_redirects=True
                ) as got:
                    await got.read()
                    return got.status
            except (aiohttp.ClientError, TimeoutError, ValueError):
                return None

        about = {"mode": mode, "method": method, "url": url}
        await self._visit({**about, "range": headers.get("Range")}, fetch)

    async def _visit(self, about: Payload, opening: Opening) -> None:
        visit: Payload = {**about, "done": False, "status": None}
        self.visits.append(visit)
        visit["status"] = await opening(visit["url"])
        visit["done"] = True
