"""What stands in somebody's App Home."""

from dataclasses import dataclass

from bot.domain.decided import Home
from bot.domain.people import Actor, TurnedAway
from bot.flows.opening import LOOKED_AT
from bot.flows.ports import Claims
from bot.flows.requesting import SHOWN
from bot.flows.world import World


@dataclass(frozen=True)
class Homekeeper:
    """Gathers what concerns one person."""

    world: World
    claims: Claims

    async def of(self, actor: Actor) -> Home | TurnedAway:
        """Read it; the requests looked through are as many, however many are kept."""
        who = await self.world.people.identify(actor, fresh=True)
        if isinstance(who, TurnedAway):
            return who
        pending = await self.world.requests.pending(LOOKED_AT)
        waiting = [it for it in pending if await self.world.waits_for(who.person, it)]
        own = await self.world.requests.opened_by(actor, SHOWN)
        claims = await self.claims.claims_of(actor)
        return Home(who.person, tuple(waiting[:SHOWN]), tuple(own), tuple(claims[:SHOWN]))
