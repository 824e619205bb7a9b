"""Records the messages that the outbox sends, without Slack."""

from dataclasses import dataclass, field
from typing import Final

from bot.cards.kit import Message
from bot.domain.languages import ENGLISH
from bot.domain.requests.notifications import Posted
from bot.errors import SlackAway, SlackError
from bot.flows.build import build_flows
from handlers.bulk_messages import BulkMessages
from handlers.channels import Channels
from handlers.direct import Direct
from handlers.incident_messages import IncidentMessages
from handlers.key_messages import KeyMessages
from handlers.metrics import Metrics
from handlers.outbox import Outbox
from handlers.security import SecurityTeller
from tests.fakes.locks import FakeLocks
from tests.fakes.offers import FakeOffers
from tests.flows.harness import Harness

APPROVALS: Final = "C0APPROVALS"
SECURITY: Final = "C0SECURITY"
OPERATOR: Final = "U0OPERATOR"


@dataclass
class FakeMessenger:
    """`said` has the messages by channel; each of the next `losses` is posted without an answer.

    `refusal`, if any, is raised for each reply; `tries` counts the replies. `refused` has the code
    that each of these channels and people answers.
    """

    said: dict[str, list[tuple[str, Message]]] = field(default_factory=dict)
    losses: int = 0
    refusal: str = ""
    tries: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Record a message; the answer may get lost."""
        self._check(channel)
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
        """Replace a message."""
        self._check(said.channel)
        there = self.said[said.channel]
        at = int(said.ts) - 1
        there[at] = (there[at][0], message)

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Find a message by its mark."""
        del thread
        self._check(channel)
        found = [at for at, (each, _) in enumerate(self.said.get(channel, []), 1) if each == mark]
        return Posted(channel, str(found[0])) if found else None

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Find all whose mark is this, or begins with it and a colon."""
        del thread
        self._check(channel)
        marks = [f"{each}:" for each, _ in self.said.get(channel, [])]
        found = [at for at, each in enumerate(marks, 1) if each.startswith(f"{mark}:")]
        return [Posted(channel, str(at)) for at in found]

    def _check(self, channel: str) -> None:
        if code := self.refused.get(channel):
            raise (SlackAway if code == "ratelimited" else SlackError)(code)

    def texts(self, channel: str) -> list[str]:
        """List the texts in a channel."""
        return [message.text for _, message in self.said.get(channel, [])]


def outbox(harness: Harness, messenger: FakeMessenger) -> Outbox:
    """Build an outbox over the harness's requests."""
    channels = Channels(APPROVALS, SECURITY)
    security = SecurityTeller(messenger, channels, (OPERATOR,))
    hearer = build_flows(harness.ports).hearer
    direct = Direct(messenger, channels, security, hearer, lambda _: ENGLISH)
    place = channels, FakeLocks()
    leaks = IncidentMessages(messenger, harness.incidents, *place, security, lambda _: ENGLISH)
    offers = FakeOffers()
    bulk = BulkMessages(messenger, harness.bulks, offers, lambda _: ENGLISH)
    keys = KeyMessages(harness.records, harness.pending, offers, lambda _: ENGLISH)
    return Outbox(
        *(messenger, harness.requests, channels, FakeLocks(), security, direct, Metrics(), bulk),
        keys,
        leaks,
    )
