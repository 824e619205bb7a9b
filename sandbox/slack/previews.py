"""A link previewer that behaves as Slack's does: it opens every link it is shown.

docs.slack.dev/messaging/unfurling-links-in-messages: only both flags together stop it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import aiohttp

from sandbox.slack.background import Background
from sandbox.slack.payload import Payload

USER_AGENT = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
_URL = re.compile(r"https?://[^\s<>|\"'`]+")
_SECONDS = aiohttp.ClientTimeout(total=5)  # for one link; a guess


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in _strings(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in _strings(inner))


def links(*values: object) -> list[str]:
    """Every http(s) URL in some JSON, once each, in order."""
    found = (url for value in values for text in _strings(value) for url in _URL.findall(text))
    return list(dict.fromkeys(url.replace("&amp;", "&") for url in found))


@dataclass
class Previewer:
    """Opens links in the background; `visits` says what it met."""

    session: aiohttp.ClientSession
    background: Background
    paranoid: bool
    visits: list[Payload] = field(default_factory=list)

    def look_at(self, body: Payload) -> None:
        """Open the links of a message, unless both of its unfurl flags are false."""
        flags = {body.get("unfurl_links"), body.get("unfurl_media")}
        if flags == {False} and not self.paranoid:
            return
        shown = links(body.get("text"), body.get("blocks"), body.get("attachments"))
        if shown:
            self.background.start(self._open(shown))

    async def _open(self, urls: Iterable[str]) -> None:
        for url in urls:
            for method in ("HEAD", "GET"):
                self.visits.append({"method": method, "url": url, "status": None})
                self.visits[-1]["status"] = await self._visit(method, url)

    async def _visit(self, method: str, url: str) -> int | None:
        headers = {"User-Agent": USER_AGENT}
        try:
            async with self.session.request(method, url, headers=headers, timeout=_SECONDS) as got:
                await got.read()
                return got.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
