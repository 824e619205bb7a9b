"""Checks whether a request's terms still hold: people, target and rules are read again."""

from dataclasses import dataclass

from bot.domain.environments import Environment
from bot.domain.people import TurnedAway
from bot.domain.policy import Allowed, NeedsApproval
from bot.domain.requests.machine import Request
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.ports import Account

VOID = "void"
"""The outcome of a request whose terms no longer hold."""


@dataclass(frozen=True)
class TermsCheck:
    """Runs at each vote, and again before an approved request is executed."""

    people: People
    account: Account
    authorizer: Authorizer

    async def holds(self, request: Request) -> bool:
        """Whether the requester could open the same request now, under the same approval."""
        terms = request.terms
        who = await self.people.identify(terms.requester, fresh=True)
        if isinstance(who, TurnedAway):
            return False
        if isinstance(await self.people.identify(terms.owner, fresh=True), TurnedAway):
            return False
        place = await self._target(request)
        if place is None or place.tier != terms.tier:
            return False
        decision = self.authorizer.decide(who.person, terms.action, place)
        if isinstance(decision, Allowed):
            return True  # an approval does no harm where none is needed
        return isinstance(decision, NeedsApproval) and decision.approval == request.approval

    async def _target(self, request: Request) -> Environment | None:
        terms = request.terms
        places = await self.account.environments()
        place = next((each for each in places if each.id == terms.environment_id), None)
        if place is None or not terms.key:
            return place
        keys = await self.account.keys(place.id)
        there = any(key.api_key == terms.key and key.label == terms.name for key in keys)
        return place if there else None
