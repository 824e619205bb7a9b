"""Reads, at each vote and before execution, whose vote counts and whether the terms hold."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from bot.domain.addresses import mailbox
from bot.domain.environments import NOWHERE, Environment, FixedTier
from bot.domain.people import Mismatch, Person, TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import IneligibleReason, Vote, holds, same_person
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.ports import Account, Clock
from bot.flows.request_ports import Delegations, Locator
from bot.flows.requests.candidates import ON_CALL, named

VOID = "void"
"""The outcome of a request whose terms no longer hold."""


@dataclass(frozen=True)
class Voter:
    """The names a policy may call a person by; `reason` is why their vote does not count, if so."""

    held: frozenset[str]
    reason: IneligibleReason | None
    principal: Person | None = None
    """For whom they vote, where they vote as a delegate."""

    def stamp(self, vote: Vote, person: Person) -> Vote:
        """Write into a vote what it rests on now; `person` is who votes."""
        vote = replace(vote, holds=self.held, mailbox=mailbox(person.email))
        if self.principal is None:
            return vote
        return replace(
            vote,
            on_behalf_of=self.principal.cloudinary_id or "",
            principal=self.principal.actor,
            principal_name=self.principal.name,
            principal_mailbox=mailbox(self.principal.email),
        )


@dataclass(frozen=True)
class Eligibility:
    """Tells who may vote on a request, in their own name or as a delegate."""

    people: People
    slack: Locator
    delegations: Delegations
    authorizer: Authorizer
    clock: Clock

    async def voter(self, person: Person, request: Request) -> Voter:
        """Read what a person may vote by.

        Neither the requester nor the owner may vote, and no delegate may on their behalf.
        """
        own = await self._own(person, request)
        if own.reason is not IneligibleReason.NOT_AN_APPROVER:
            return own
        voted = [vote.counts_as for vote in request.current_votes if not vote.on_behalf_of]
        async for theirs in self._as_delegate(person, request):
            if theirs.principal and theirs.principal.cloudinary_id not in voted:
                return theirs
            own = replace(own, reason=IneligibleReason.PRINCIPAL_VOTED)
        return own

    async def again(self, vote: Vote, request: Request) -> Vote | None:
        """Read a stored vote again: None unless it counts now, and in the name that it was given.

        A right that the voter has in another name is none of this vote's.
        """
        who = await self.people.identify(vote.by, fresh=True)
        if isinstance(who, TurnedAway):
            return None
        own = await self._own(who.person, request)
        if not vote.on_behalf_of:
            return own.stamp(vote, who.person) if own.reason is None else None
        if own.reason in {None, IneligibleReason.NOT_AN_APPROVER}:
            async for theirs in self._as_delegate(who.person, request):
                if theirs.principal and theirs.principal.cloudinary_id == vote.on_behalf_of:
                    return theirs.stamp(vote, who.person)
        return None

    async def _as_delegate(self, person: Person, request: Request) -> AsyncIterator[Voter]:
        """List the people who may vote themselves, and whose delegate this person is now.

        Only their own right counts: a delegate appoints no further one.
        """
        for delegator in await self.delegations.delegators(person.actor, self.clock.now()):
            who = await self.people.identify(delegator, fresh=True)
            if isinstance(who, TurnedAway) or same_person(who.person, person):
                continue
            theirs = await self._own(who.person, request)
            if theirs.reason is None:
                yield replace(theirs, principal=who.person)

    async def _own(self, person: Person, request: Request) -> Voter:
        waited = self.clock.now() - request.asked_at
        approvers = request.approval.open_to(waited)
        place, user_id = request.terms.environment_id, person.actor.user_id
        ids = named(frozenset[str]().union(*approvers), ON_CALL)
        groups = frozenset([id_ for id_ in ids if user_id in await self.slack.members(id_)])
        held = holds(person, place, groups)
        return Voter(held, self.authorizer.vote_refusal(person, held, request, waited))

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
        if isinstance(who, TurnedAway) or who.mismatch is Mismatch.DISABLED:
            return False
        holder = who.person
        # The owner of a link is the person whose binding it replaces: they are turned away.
        if terms.owner != terms.requester and terms.action is not Action.LINK:
            owner = await self.people.identify(terms.owner, fresh=True)
            if isinstance(owner, TurnedAway) or owner.mismatch is Mismatch.DISABLED:
                return False
            holder = owner.person
        place = await self._target(request) if terms.environment_id else NOWHERE
        if place is None or place.tier != terms.tier or _overtaken(request, place):
            return False
        if request.waived and not self.authorizer.still_grants(holder, request, place):
            return False
        return self.authorizer.stands(who.person, request, place)

    async def _target(self, request: Request) -> Environment | None:
        terms = request.terms
        places = await self.account.environments()
        place = next((each for each in places if each.id == terms.environment_id), None)
        if place is None or not terms.key:
            return place
        keys = await self.account.keys(place.id)
        there = any(key.api_key == terms.key and key.label == terms.name for key in keys)
        return place if there else None


def _overtaken(request: Request, place: Environment) -> bool:
    """Whether the tier that is to be fixed was fixed since, or the environment was renamed."""
    terms, fixed = request.terms, place.fixed
    if terms.action is not Action.ENV_TIER:
        return False
    later = isinstance(fixed, FixedTier) and fixed.at > request.asked_at
    return later or place.name != terms.environment_name
