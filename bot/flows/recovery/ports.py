"""What a recovery needs from outside, beyond `bot.flows.ports`."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.audit import Entry, Head
from bot.domain.history import Halt
from bot.domain.jobs import Job
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor
from bot.domain.requests.machine import Request


class Kept(Protocol):
    """What Redis holds, whatever no index names. Each method may raise `StoreError`."""

    async def halt(self) -> Halt | None:
        """Read why Keysmith is halted."""

    async def stop(self, reason: str) -> None:
        """Halt every process."""

    async def pending(self) -> list[Pending]:
        """List credentials that wait."""

    async def requests(self) -> list[Request]:
        """List all requests."""

    async def jobs(self) -> list[Job]:
        """List jobs that are not finished."""

    async def known_keys(self) -> Mapping[str, Actor | None]:
        """List the API keys that were created for a person, and for whom; None if not believed."""

    async def end(self, pending: Pending, entry: Entry, *, opened: bool) -> None:
        """End credentials that wait, and their link: as opened, or as revoked."""

    async def close(self, job: Job, entry: Entry) -> None:
        """Finish a job; closing it again changes nothing."""

    async def look_before_posting(self) -> None:
        """Let whatever the outboxes hold be looked for at Slack before it is posted."""

    async def begin_epoch(self, entry: Entry, lost: Head, notice: str) -> None:
        """Empty the queues, begin the next epoch, end the halt, and notify security, in one step.

        `lost` is the newest head that was seen before.
        """


class Cards(Protocol):
    """The cards at Slack. May raise `SlackError`."""

    async def marks(self, channel: str) -> Sequence[str]:
        """List the marks of the newest messages of a channel."""
