"""Watches history once a second: remembers the newest head, and tells security of a halt, once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bot.domain.history import Seen
from bot.errors import SlackError, StoreError

_log = structlog.get_logger("keysmith.history")

TOLD: Final = (
    "Keysmith has stopped: {reason}. Redis went back to an earlier state, so Keysmith may not know"
    " what it did. Nothing is changed, no link opens, and jobs wait. An operator restores the"
    " newest backup, if there is one, and runs `keysmith recover` on the server: docs/backup.md."
    " To disable a key now, use Cloudinary's Console."
)


class History(Protocol):
    """What a process knows of history. Each method may raise `StoreError`."""

    seen: Seen | None

    def remember(self, seen: Seen | None) -> None:
        """Start with what a former process saw."""

    async def look(self) -> str:
        """Compare Redis with what was seen; returns why Keysmith is halted, or nothing."""

    async def may_tell(self) -> bool:
        """Whether this process is to tell security."""

    async def told(self) -> None:
        """Keep that security was told."""


class SeenFile(Protocol):
    """What was seen, beyond the end of the process."""

    def read(self) -> Seen | None:
        """Read what was seen."""

    def keep(self, seen: Seen | None, now: float) -> None:
        """Write what was seen, not too often; `now` in seconds."""


class Security(Protocol):
    """The way to security."""

    async def tell(self, mark: str, text: str, *, again: bool) -> None:
        """Tell a sentence. May raise `SlackError`."""


@dataclass(frozen=True)
class HistoryWatch:
    """Looks, remembers, tells; it tells without Redis, which may have lost the outbox."""

    history: History
    file: SeenFile
    security: Security

    async def begin(self) -> None:
        """Look before anything else is done; a Redis that is away is met by all that follows."""
        self.history.remember(self.file.read())
        try:
            await self.history.look()
        except StoreError as error:
            _log.warning("history_not_read", error=str(error))

    async def look(self) -> Sequence[Exception]:
        """Look once."""
        reason = await self.history.look()
        self.file.keep(self.history.seen, time.monotonic())
        return await self._tell(reason) if reason else ()

    async def _tell(self, reason: str) -> Sequence[Exception]:
        """Tell security; where Slack refuses, another try follows in a minute."""
        if not await self.history.may_tell():
            return ()
        try:
            await self.security.tell("", TOLD.format(reason=reason), again=False)
        except SlackError as error:
            _log.error("halt_not_told", reason=reason, code=error.code)
            return (error,)
        await self.history.told()
        return ()

    async def end(self) -> None:
        """Write what was seen last."""
        self.file.keep(self.history.seen, float("inf"))
