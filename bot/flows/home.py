"""What stands in somebody's App Home."""

from dataclasses import dataclass

from bot.domain.home import Home
from bot.domain.people import Actor, TurnedAway
from bot.flows.identity import People
from bot.flows.ports import PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility
from bot.flows.requests.list import SHOWN
from bot.flows.requests.open import LOOKED_AT


@dataclass(frozen=True)
class HomeReader:
    """Gathers what concerns one person."""

    people: People
    requests: Requests
    eligibility: Eligibility
    pending: PendingStore

    async def of(self, actor: Actor) -> Home | TurnedAway:
        """Read it; the requests looked through are as many, however many are kept."""
        who = await self.people.identify(actor, fresh=True)
        if isinstance(who, TurnedAway):
            return who
        undecided = await self.requests.pending(LOOKED_AT)
        waiting = [it for it in undecided if await self.eligibility.waits_for(who.person, it)]
        own = await self.requests.opened_by(actor, SHOWN)
        pending = await self.pending.pending_of(actor)
        return Home(who.person, tuple(waiting[:SHOWN]), tuple(own), tuple(pending[:SHOWN]))
