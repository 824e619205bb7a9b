"""What the handlers need of the world beyond the flows."""

from collections.abc import Sequence
from typing import Protocol

from bot.cards.kit import Block, Message
from bot.domain.jobs import Reply
from bot.domain.offers import Offer


class Talk(Protocol):
    """Says things at Slack. Every method may raise `SlackError`."""

    async def answer(self, reply: Reply, message: Message) -> None:
        """Answer one person."""
        ...

    async def open_view(self, trigger: str, view: Block) -> None:
        """Open a modal."""
        ...

    async def publish(self, user_id: str, view: Block) -> None:
        """Put a view into somebody's App Home."""
        ...

    async def post(self, channel: str, message: Message) -> None:
        """Say something in a channel."""
        ...


class Offers(Protocol):
    """What presses ask for. May raise `StoreError`."""

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep them; answers an opaque id for each, in order."""
        ...

    async def find(self, offer_id: str) -> Offer | None:
        """Look one up; None where its time is over or it never was."""
        ...
