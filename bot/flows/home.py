"""Reads what a person's App Home shows."""

from dataclasses import dataclass

from bot.domain.home import OFFERED, Home
from bot.domain.people import Actor, TurnedAway
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.keys.own import OwnKeys
from bot.flows.ports import PendingStore
from bot.flows.requests.list import SHOWN, RequestLister


@dataclass(frozen=True)
class HomeReader:
    """Reads App Home."""

    people: People
    lister: RequestLister
    pending: PendingStore
    keys: OwnKeys
    authorizer: Authorizer

    async def of(self, actor: Actor) -> Home | TurnedAway:
        """Identify a person and read their requests and pending credentials."""
        who = await self.people.identify(actor, fresh=False)
        if isinstance(who, TurnedAway):
            return who
        waiting = await self.lister.some(who.person, "pending")
        own = await self.lister.some(who.person, "mine")
        pending = await self.pending.pending_of(actor)
        live = [here for here in await self.keys.of(actor) if here.key.enabled][:SHOWN]
        shown, offered = tuple(pending[:SHOWN]), self.authorizer.offered(who, tuple(OFFERED))
        return Home(who.person, waiting.requests, own.requests, shown, tuple(live), offered)
