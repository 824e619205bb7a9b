"""What is said at Slack, heard without Slack."""

from dataclasses import dataclass, field
from typing import Final

from bot.cards.kit import Message
from bot.domain.requests.notifications import Posted
from bot.errors import SlackError
from handlers.outbox import Channels, Outbox
from tests.fakes.locks import FakeLocks
from tests.flows.harness import Harness

APPROVALS: Final = "C0APPROVALS"
SECURITY: Final = "C0SECURITY"


@dataclass
class FakeMessenger:
    """`said` is what stands where; each of the next `losses` is taken, and not answered.

    Every reply meets `refusal`, where there is one; `tries` counts them.
    """

    said: dict[str, list[tuple[str, Message]]] = field(default_factory=dict)
    losses: int = 0
    refusal: str = ""
    tries: int = 0

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Say it; perhaps nobody learns where it stands."""
        if thread and self.refusal:
            self.tries += 1
            raise SlackError(self.refusal)
        there = self.said.setdefault(channel, [])
        there.append((mark, message))
        if self.losses:
            self.losses -= 1
            raise SlackError("TimeoutError")
        return Posted(channel, str(len(there)))

    async def change(self, said: Posted, message: Message) -> None:
        """Put another text in its place."""
        there = self.said[said.channel]
        at = int(said.ts) - 1
        there[at] = (there[at][0], message)

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Look for a mark."""
        del thread
        found = [at for at, (each, _) in enumerate(self.said.get(channel, []), 1) if each == mark]
        return Posted(channel, str(found[0])) if found else None

    def texts(self, channel: str) -> list[str]:
        """What stands in a channel."""
        return [message.text for _, message in self.said.get(channel, [])]


def outbox(harness: Harness, messenger: FakeMessenger) -> Outbox:
    """Whoever says it, over the harness's requests."""
    return Outbox(messenger, harness.requests, Channels(APPROVALS, SECURITY), FakeLocks())
