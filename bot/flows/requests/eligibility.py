"""Whose vote counts on a request: read from Slack and Cloudinary at each vote, and later again."""

from dataclasses import dataclass

from bot.domain.people import Person, TurnedAway
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import IneligibleReason, holds, ineligible
from bot.flows.identity import People
from bot.flows.ports import Clock
from bot.flows.request_ports import Delegations, OnCall
from bot.flows.requests.candidates import ON_CALL, named


@dataclass(frozen=True)
class Voter:
    """The names a policy may call a person by; `reason` is why their vote does not count, if so."""

    held: frozenset[str]
    reason: IneligibleReason | None
    on_behalf_of: str = ""
    """The Cloudinary user whom they are the delegate of, where they vote as one."""


@dataclass(frozen=True)
class Eligibility:
    """Tells who may vote on a request, in their own name or as a delegate."""

    people: People
    on_call: OnCall
    delegations: Delegations
    clock: Clock

    async def voter(self, person: Person, request: Request) -> Voter:
        """Read what a person may vote by.

        Neither the requester nor the owner may vote, and no delegate may on their behalf.
        """
        own = await self._own(person, request)
        if own.reason is not IneligibleReason.NOT_AN_APPROVER:
            return own
        for delegator in await self.delegations.delegators(person.actor, self.clock.now()):
            who = await self.people.identify(delegator, fresh=True)
            if isinstance(who, TurnedAway):
                continue
            theirs = await self._own(who.person, request)
            if theirs.reason is None:
                return Voter(theirs.held, None, who.person.cloudinary_id or "")
        return own

    async def _own(self, person: Person, request: Request) -> Voter:
        approvers = request.approval.open_to(self.clock.now() - request.asked_at)
        place, user_id = request.terms.environment_id, person.actor.user_id
        ids = named(approvers, ON_CALL)
        groups = frozenset([id_ for id_ in ids if user_id in await self.on_call.members(id_)])
        held = holds(person, place, groups)
        return Voter(held, ineligible(person, held, approvers, request.interest, place))

    async def concerns(self, person: Person, request: Request) -> bool:
        """Whether a list shows the request to a person."""
        if person.actor in {request.terms.requester, request.terms.owner}:
            return True
        return (await self.voter(person, request)).reason is None

    async def waits_for(self, person: Person, request: Request) -> bool:
        """Whether the request waits for this person's vote."""
        if any(vote.by == person.actor for vote in request.current_votes):
            return False
        return (await self.voter(person, request)).reason is None
