"""What everything that concerns a request leans on, and whether it is still as it was."""

from dataclasses import dataclass

from bot.domain.approvals import Unfit, holds, unfit
from bot.domain.environments import Environment
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import Allowed, NeedsApproval, Question
from bot.domain.requests import Request
from bot.flows.people import People
from bot.flows.ports import Account
from bot.flows.record import Scribe
from bot.flows.request_ports import Delegations, OnCall, Requests, Rules

ON_CALL = "oncall:"


@dataclass(frozen=True)
class Standing:
    """What a policy may call somebody by, and why their word does not count, if so."""

    held: frozenset[str]
    why: Unfit | None
    stands_for: str = ""
    """The Cloudinary user in whose place they decide, where they do."""


@dataclass(frozen=True)
class World:
    """People, the account, the rules, and the requests as they are kept."""

    people: People
    account: Account
    policy: Rules
    requests: Requests
    scribe: Scribe
    on_call: OnCall
    delegations: Delegations

    async def standing(self, person: Person, request: Request) -> Standing:
        """Read what somebody may decide by, on their own account or in somebody's place.

        Whoever asked or gets the credentials may not, nor may anybody in their place.
        """
        own = await self._own(person, request)
        if own.why is not Unfit.NOT_AN_APPROVER:
            return own
        now = self.scribe.clock.now()
        for delegator in await self.delegations.delegators(person.actor, now):
            who = await self.people.identify(delegator, fresh=True)
            if isinstance(who, TurnedAway):
                continue
            theirs = await self._own(who.person, request)
            if theirs.why is None:
                return Standing(theirs.held, None, who.person.cloudinary_id or "")
        return own

    async def _own(self, person: Person, request: Request) -> Standing:
        waited = self.scribe.clock.now() - request.asked_at
        wanted, place = request.approval.open_to(waited), request.terms.environment_id
        named = [name.removeprefix(ON_CALL) for name in wanted if name.startswith(ON_CALL)]
        groups = [id_ for id_ in named if person.actor.user_id in await self.on_call.members(id_)]
        held = holds(person, place, frozenset(groups))
        return Standing(held, unfit(person, held, wanted, request.interest, place))

    async def concerns(self, person: Person, request: Request) -> bool:
        """Whether this person may know of it without having been told its id."""
        if person.actor in {request.terms.requester, request.terms.owner}:
            return True
        return (await self.standing(person, request)).why is None

    async def waits_for(self, person: Person, request: Request) -> bool:
        """Whether this person's word is wanted, and was not given."""
        if any(vote.by == person.actor for vote in request.standing):
            return False
        return (await self.standing(person, request)).why is None

    async def stands(self, request: Request) -> bool:
        """Read requester, owner, target and rules again: whether they would ask the same today."""
        terms = request.terms
        who = await self.people.identify(terms.requester, fresh=True)
        if isinstance(who, TurnedAway):
            return False
        owner = await self.people.identify(terms.owner, fresh=True)
        if isinstance(owner, TurnedAway):
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
