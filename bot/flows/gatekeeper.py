"""Whether somebody may still open what waits for them: asked again when the link is opened."""

from dataclasses import dataclass

from bot.domain.claims import Claim
from bot.domain.people import Actor, TurnedAway
from bot.domain.policy import Action, Allowed, Question
from bot.domain.requests import State
from bot.flows.people import People
from bot.flows.ports import Account, Policy
from bot.flows.request_ports import Requests


@dataclass(frozen=True)
class Gatekeeper:
    """Reads the person and the policy anew: much may have changed since the link was made."""

    people: People
    account: Account
    policy: Policy
    requests: Requests

    async def name_of(self, actor: Actor) -> str | None:
        """A member's name; None for who is none, or no longer."""
        who = await self.people.identify(actor, fresh=False)
        return None if isinstance(who, TurnedAway) else who.person.name

    async def may_still_claim(self, claim: Claim) -> bool:
        """Whether the owner is still who they were, and may still make such a key."""
        who = await self.people.identify(claim.owner, fresh=True)
        if isinstance(who, TurnedAway) or (who.mismatch and not claim.agreed):
            return False
        if claim.agreed:
            request = await self.requests.load(claim.id)
            return request is not None and request.state in {State.CLAIMABLE, State.EXECUTING}
        places = [e for e in await self.account.environments() if e.id == claim.environment_id]
        questions = [Question(who.person, Action.CLAIM, None)]
        questions += [Question(who.person, Action.KEY_CREATE, place) for place in places]
        answers = [self.policy.decide(question) for question in questions]
        return bool(places) and all(isinstance(answer, Allowed) for answer in answers)
