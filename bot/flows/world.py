"""What everything that concerns a request leans on, and whether it is still as it was."""

from dataclasses import dataclass

from bot.domain.environments import Environment
from bot.domain.people import TurnedAway
from bot.domain.policy import Allowed, NeedsApproval, Question
from bot.domain.requests import Request
from bot.flows.people import People
from bot.flows.ports import Account
from bot.flows.record import Scribe
from bot.flows.request_ports import Requests, Rules


@dataclass(frozen=True)
class World:
    """People, the account, the rules, and the requests as they are kept."""

    people: People
    account: Account
    policy: Rules
    requests: Requests
    scribe: Scribe

    async def stands(self, request: Request) -> bool:
        """Read requester, target and rules again: whether they would ask the same today."""
        terms = request.terms
        who = await self.people.identify(terms.requester, fresh=True)
        if isinstance(who, TurnedAway):
            return False
        place = await self._target(request)
        if place is None or place.tier != terms.tier:
            return False
        decision = self.policy.decide(Question(who.person, terms.action, place))
        if isinstance(decision, Allowed):
            return True  # what may be done at once may be done with approval
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
