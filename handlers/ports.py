"""What the handlers need from adapters and stores."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.cards.answers import Answer
from bot.cards.kit import Block, Card, Message
from bot.domain.answers import Mark
from bot.domain.audit import Entry
from bot.domain.commands.grammar import Incomplete
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.domain.policy import Explanation
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Posted
from bot.domain.secret import Secret


class AnswerApi(Protocol):
    """The ways of an answer at Slack. Every method may raise `SlackError`."""

    async def open_view(self, trigger: str, view: Block) -> None:
        """Open a modal."""

    async def update_view(self, view_id: str, view: Block, hash_: str = "") -> None:
        """Replace what an open modal shows; with a hash, unless it was replaced since."""

    async def respond(self, reply: Reply, message: Message) -> None:
        """Answer one person by the response URL."""

    async def direct(self, user_id: str, message: Message, *, mark: str, again: bool) -> None:
        """Send a direct message under a mark; `again` looks first whether it is there."""

    async def post_ephemeral(self, reply: Reply, user_id: str, message: Message) -> None:
        """Show one person a message in the channel of a reply, in its thread."""


class Passphrases(Protocol):
    """Keeps passphrases that people typed."""

    def seal(self, passphrase: Secret) -> str:
        """Seal one for its job. May raise `StoreError`."""


class Kept(Protocol):
    """Stores that the listeners use."""

    @property
    def requests(self) -> "RequestCards":
        """Where the cards of requests are."""

    @property
    def passphrases(self) -> Passphrases:
        """What keeps passphrases."""


class HomeApi(Protocol):
    """App Home at Slack. May raise `SlackError`."""

    async def publish(self, user_id: str, view: Block) -> None:
        """Publish a person's App Home."""


class Messenger(Protocol):
    """Posts messages that can be found again. Every method may raise `SlackError`."""

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Post a message under a mark."""

    async def change(self, there: Posted, message: Message) -> None:
        """Replace a posted message."""

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Find the message that was posted under a mark."""

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Find those that were posted under it, or under one that begins with it and a colon."""


class Security(Protocol):
    """The way to security."""

    async def tell_card(self, mark: str, told: Card, *, again: bool) -> None:
        """Tell, where a message is taken. May raise `SlackError`."""


class AnswerQueue(Protocol):
    """Answers that wait for Slack."""

    async def put(self, answer: Answer, *, held: bool = False) -> None:
        """Queue an answer, once under its mark. May raise `StoreError`.

        `held` where this process may have recorded that it holds the answer.
        """

    async def mark(self, answer_mark: str) -> Mark | None:
        """Read who sends the answer of a mark. May raise `StoreError`."""

    async def record(self, marks: Mapping[str, Mark]) -> None:
        """Record who sends the answers of these marks. May raise `StoreError`."""

    def open(self, sealed: str) -> Answer:
        """Open a queued answer. May raise `SealError`, or `Unread` under another key."""


class Offers(Protocol):
    """The stored commands behind buttons. May raise `StoreError`."""

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Store offers; returns an opaque id for each, in order."""

    async def find(self, offer_id: str) -> Offer | None:
        """Find an offer; None where it has expired or never existed."""


class RequestCards(Protocol):
    """Stored requests, and where their cards are. May raise `StoreError`."""

    async def load(self, request_id: str) -> Request | None:
        """Read a request."""

    async def place(self, request_id: str, card: str) -> None:
        """Store where a request's card is."""

    async def request_at_card(self, card: str) -> str | None:
        """Find the id of the request whose card is there."""


class Previews(Protocol):
    """Tells what a command would lead to. May raise `KeysmithError`."""

    async def of(self, actor: Actor, form: Incomplete) -> tuple[Explanation, ...]:
        """Explain the command where the form says that it acts; nothing where that is unknown."""


class Deciders(Protocol):
    """Finds people who may decide. May raise `SlackError` or `CloudinaryError`."""

    async def reach(self, request: Request) -> Sequence[str]:
        """Slack ids of some people who may decide a request, those first whom it needs most."""

    async def may_decide(self, request: Request, user: str) -> bool:
        """Whether this person may decide a request now; yes where too many were asked lately."""


class Findings(Protocol):
    """The last findings about the policy. May raise `StoreError`."""

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Queue a notice about findings, unless they are the last ones."""
