"""The one direct message in which a person follows a bulk act: posted once, then updated."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.cards.bulk import progress
from bot.cards.kit import Message, offering, render
from bot.domain.bulk import Bulk
from bot.domain.languages import Language
from bot.domain.offers import Offer
from bot.domain.requests.notifications import Posted
from bot.flows.bulk_ports import Bulks
from handlers.ports import Messenger, Offers


@dataclass(frozen=True)
class BulkMessages:
    """Draws a bulk act as it is stored; what came in the meantime is drawn with it."""

    messenger: Messenger
    bulks: Bulks
    offers: Offers
    language: Callable[[str], Language]
    """By the id of a user."""
    _drawn: dict[str, tuple[int, Posted]] = field(default_factory=dict)
    """By bulk act: the version that its message shows, and where that is."""

    async def draw(self, bulk_id: str) -> None:
        """Post or update the message. May raise `SlackError` or `StoreError`."""
        bulk = await self.bulks.load(bulk_id)
        if bulk is None:
            return
        shown, there = self._drawn.get(bulk_id, (0, None))
        if shown >= bulk.version:
            return
        user, mark = bulk.actor.user_id, f"bulk:{bulk_id}"
        message = await self._message(bulk)
        there = there or await self.messenger.find(user, mark)
        if there:
            await self.messenger.change(there, message)
        else:
            there = await self.messenger.send(user, message, mark=mark)
        self._drawn[bulk_id] = (bulk.version, there)
        if not bulk.running:
            del self._drawn[bulk_id]

    async def _message(self, bulk: Bulk) -> Message:
        card = progress(bulk)
        offers = [Offer(bulk.actor, each.command, each.page) for each in offering([card])]
        ids = await self.offers.make(offers)
        return render(card, ids, self.language(bulk.actor.user_id))
