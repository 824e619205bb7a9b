"""Keeps Socket Mode's websocket open, and says in words when there is none."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from bot.adapters.slack.socket import SocketClient
from bot.cli.starting import FIRST_PAUSE, LONGEST_PAUSE, Reaching, Sleep

SERVICE: Final = "Slack (Socket Mode)"
APP_TOKEN: Final = "SLACK_APP_TOKEN"  # noqa: S105  # the name of a variable
GAP: Final = 5.0
"""Seconds without a websocket that are no reason: Slack replaces each one every few hours."""
STEADY: Final = 60.0
"""Seconds after which a websocket that ends is replaced at once; others wait, each longer."""


class SocketMode:
    """The websocket of one process. A refused token ends the start; later it is said, as all is."""

    def __init__(
        self, client: SocketClient, *, gap: float = GAP, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._client, self._gap, self._sleep = client, gap, sleep
        self._awaited = dict[str, str]()
        self._reaching = Reaching(self._awaited, serves=True, sleep=sleep)
        self._pause = 0.0

    async def begin(self, reaching: Reaching) -> None:
        """Open the first websocket. Raises `ConfigurationError` where Slack refuses the token."""
        await reaching.until_answered(SERVICE, self._client.connect, APP_TOKEN)

    async def renew(self) -> Sequence[Exception]:
        """Wait until the websocket ends, and open another one, however long that takes."""
        began = time.monotonic()
        await self._client.until_ending()
        if time.monotonic() - began >= STEADY:
            self._pause = 0.0
        else:
            self._pause = min(2 * self._pause or FIRST_PAUSE, LONGEST_PAUSE)
        await self._sleep(self._pause)
        await self._reaching.until_answered(SERVICE, self._client.connect, APP_TOKEN)
        return ()

    async def look(self) -> str | None:
        """Tell why nothing that people do in Slack comes here; None where it does."""
        since, ended = self._client.lost
        usual = self._pause <= self._gap and time.monotonic() - since < self._gap
        if self._client.connected or usual:  # one that breaks again and again is no usual gap
            return None
        return f"no websocket, so this process hears nothing: {self._awaited.get(SERVICE) or ended}"
