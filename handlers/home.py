"""App Home: published when a person opens it, and again after every press in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.faults import halted, unread
from bot.cards.home import home, home_view
from bot.cards.kit import Block, offering
from bot.domain.languages import Language
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.errors import Halted, KeysmithError
from bot.flows.home import HomeReader
from handlers.background import Background
from handlers.gate import ACTOR
from handlers.origin import Body
from handlers.ports import HomeApi, Offers

_log = structlog.get_logger("keysmith.home")


@dataclass(frozen=True)
class AppHome:
    """Publishes each person's App Home."""

    reader: HomeReader
    offers: Offers
    slack: HomeApi
    background: Background
    may_show: Callable[[], Awaitable[None]]
    """Raises `Halted` where history went back."""
    language: Callable[[Actor], Language]
    _opening: set[Actor] = field(default_factory=set, init=False, repr=False)

    async def opened(self, body: Body, context: AsyncBoltContext) -> None:
        """Publish the tab after the ack, unless the person's tab is just being drawn."""
        event, actor = body.get("event"), context[ACTOR]
        shown = isinstance(event, dict) and event.get("tab") == "home"
        if shown and actor not in self._opening:
            self._opening.add(actor)
            self.background.run(self._open(actor))

    async def _open(self, actor: Actor) -> None:
        try:
            await self.draw(actor, opened=True)
        finally:
            self._opening.discard(actor)

    def draw_later(self, actor: Actor) -> None:
        """Publish a person's App Home; the caller does not wait."""
        self.background.run(self.draw(actor))

    async def draw(self, actor: Actor, *, opened: bool = False) -> None:
        """Publish a person's App Home; what can't be read is told where they have `opened` it.

        Elsewhere the previous one remains.
        """
        try:
            if self.reader.elsewhere:
                await self.reader.elsewhere(actor, opened)
                return
            view = await self._view(actor)
        except KeysmithError as error:
            _log.warning("home_not_drawn", reason=type(error).__name__)
            if not opened:
                return
            view = home_view([unread()], (), self.language(actor))
        try:
            await self.slack.publish(actor.user_id, view)
        except KeysmithError as error:
            _log.warning("home_not_drawn", reason=type(error).__name__)

    async def _view(self, actor: Actor) -> Block:
        try:
            await self.may_show()
            cards = home(await self.reader.of(actor))
            offers = [Offer(actor, button.command, button.page) for button in offering(cards)]
            return home_view(cards, await self.offers.make(offers), self.language(actor))
        except Halted:  # the tab may be where a person looks for a way to stop a key
            return home_view([halted()], (), self.language(actor))
