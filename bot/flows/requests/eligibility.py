"""Reads, at each vote and before execution, whose vote counts and whether the terms hold."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.addresses import mailbox
from bot.domain.environments import NOWHERE, Environment, FixedTier, UnreadableTier
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.policy import ON_USERS, Action
from bot.domain.requests.deletions import place_of
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import ON_CALL, IneligibleReason, Vote, holds, same_person
from bot.errors import StoreError
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.keys.role_book import RoleBook
from bot.flows.ports import Account, Clock
from bot.flows.request_ports import Delegations, Locator
from bot.flows.requests.candidates import named
from bot.flows.requests.look import Look

_VOTED: Final = IneligibleReason.PRINCIPAL_VOTED
VOID = "void"
"""The outcome of a request whose terms no longer hold."""


@dataclass(frozen=True)
class Voter:
    """The names a policy may call a person by; `reason` is why their vote does not count, if so."""

    held: frozenset[str]
    reason: IneligibleReason | None
    principal: Person | None = None
    """For whom they vote, where they vote as a delegate."""

    @property
    def may_deny(self) -> bool:
        """Whether they may ask and deny: no requester silences an approver by an appointment."""
        return self.reason in {None, IneligibleReason.STANDS_IN}

    @property
    def may_review(self) -> bool:
        """Whether they may review an emergency, or approve."""
        return self.reason is None

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

        Neither the requester nor the owner may vote, and no delegate may on their behalf. Their
        delegates may not approve in their own right or another name either, only deny.
        """
        return await self._voter(person, request, self._look(fresh=True))

    async def glance(self, person: Person, request: Request) -> Voter:
        """Read the same from what is kept, for a form that decides nothing yet."""
        return await self._voter(person, request, self._look(fresh=False))

    async def _voter(self, person: Person, request: Request, look: Look) -> Voter:
        best = own = await self._own(person, request, look)
        if own.reason is not IneligibleReason.NOT_AN_APPROVER:
            return own
        voted = [vote for vote in request.current_votes if not vote.on_behalf_of]
        async for theirs in self._as_delegate(person, request, look):
            if theirs.principal and any(vote.is_by(theirs.principal) for vote in voted):
                best = best if best.may_deny else replace(own, reason=_VOTED)
            elif theirs.reason is None:
                return theirs
            else:
                best = theirs
        return best

    async def again(self, vote: Vote, request: Request) -> Vote | None:
        """Read a stored vote again: None unless it counts now, and in the name that it was given.

        A right that the voter has in another name is none of this vote's, nor is one of another
        Cloudinary user to whom the Slack user was linked since.
        """
        look = self._look(fresh=True)
        who = await look.identify(vote.by)
        if isinstance(who, TurnedAway) or who.person.cloudinary_id != vote.cloudinary_id:
            return None
        own = await self._own(who.person, request, look)
        if not vote.on_behalf_of:
            return own.stamp(vote, who.person) if own.reason is None else None
        if own.reason in {None, IneligibleReason.NOT_AN_APPROVER}:
            async for theirs in self._as_delegate(who.person, request, look):
                if theirs.principal and theirs.principal.cloudinary_id == vote.on_behalf_of:
                    return theirs.stamp(vote, who.person) if theirs.reason is None else None
        return None

    async def concerning(self, person: Person, requests: Sequence[Request]) -> list[Request]:
        """Choose the requests that a person may see: theirs, what they decided or could decide.

        Who reads the audit log also sees what no one decides.
        """
        look, their = self._look(fresh=False), {person.actor}
        return [
            it
            for it in requests
            if their & it.people
            or (await self._voter(person, it, look)).may_deny
            or self.authorizer.oversees(person, it, _place(it))
        ]

    async def waiting(self, person: Person, requests: Sequence[Request]) -> list[Request]:
        """Choose the requests that wait for this person's vote, and emergencies for their review.

        Who may only deny has no review to give.
        """
        look = self._look(fresh=False)
        unvoted = [it for it in requests if not any(v.is_by(person) for v in it.current_votes)]
        voters = [(it, await self._voter(person, it, look)) for it in unvoted]
        return [it for it, by in voters if (by.may_review if it.unreviewed else by.may_deny)]

    async def deciding(
        self, person: Person, requests: Sequence[Request], *, against: bool
    ) -> list[Request]:
        """Choose the requests that this person may approve or review; `against`: deny or ask."""
        look = self._look(fresh=False)
        voters = [(it, await self._voter(person, it, look)) for it in requests]
        return [it for it, voter in voters if voter.reason is None or (against and voter.may_deny)]

    def _look(self, *, fresh: bool) -> Look:
        return Look(self.people, self.slack, self.delegations, self.clock, fresh)

    async def _stands_in(self, person: Person, request: Request, look: Look) -> bool:
        """Whether the requester or the owner has this person as their delegate now."""
        terms, asker = request.terms, request.asker
        return any(it.is_to(person) and it.is_of(terms, asker) for it in await look.current())

    async def _as_delegate(
        self, person: Person, request: Request, look: Look
    ) -> AsyncIterator[Voter]:
        """List the people who may vote or deny themselves, and whose delegate this person is now.

        Only their own right counts: a delegate appoints no further one. A conflict of either of
        the two leaves only the denial.
        """
        conflict = await self._stands_in(person, request, look)
        for delegation in await look.current():
            if delegation.to != person.actor:
                continue
            who = await look.identify(delegation.by)
            if isinstance(who, TurnedAway) or same_person(who.person, person):
                continue
            if not delegation.is_between(who.person, person):
                continue
            theirs = await self._own(who.person, request, look)
            if theirs.may_deny:
                reason = IneligibleReason.STANDS_IN if conflict else theirs.reason
                yield replace(theirs, principal=who.person, reason=reason)

    async def _own(self, person: Person, request: Request, look: Look) -> Voter:
        waited = self.clock.now() - request.asked_at
        approvers = request.approval.open_to(waited)
        place, user_id = request.terms.environment_id, person.actor.user_id
        ids = named(frozenset[str]().union(*approvers), ON_CALL)
        groups = frozenset([id_ for id_ in ids if user_id in await look.members(id_)])
        held = holds(person, place, groups)
        reason = self.authorizer.vote_refusal(person, held, request, waited)
        if reason is None and await self._stands_in(person, request, look):
            reason = IneligibleReason.STANDS_IN
        return Voter(held, reason)


def _place(request: Request) -> Environment | None:
    return place_of(request.terms) if request.terms.environment_id else None


@dataclass(frozen=True)
class TermsCheck:
    """Runs at each vote, and again before an approved request is executed."""

    people: People
    account: Account
    authorizer: Authorizer
    roles: RoleBook

    async def holds(self, request: Request) -> bool:
        """Whether the requester could open the same request now, under the same approval."""
        terms, asker = request.terms, request.asker
        own = terms.owner == terms.requester
        requester = await self._same(terms.requester, asker.cloudinary_id)
        # The owner of a link is the person whose binding it replaces: they are turned away.
        # The user whom a change is about need not be able to act.
        linked = terms.action is Action.LINK or terms.action in ON_USERS
        owner = requester if own or linked else await self._same(terms.owner, asker.owner_id)
        if requester is None or owner is None:
            return False
        if own and not linked and asker.owner_id not in {"", requester.cloudinary_id}:
            return False  # the renewal of what another Cloudinary user was given
        place = await self._target(request) if terms.environment_id else _without_id(request)
        if place and isinstance(place.fixed, UnreadableTier) and place.fixed.away:
            raise StoreError("the tiers can't be read now, so no one knows what holds")
        if place is None or place.tier != terms.tier or _overtaken(request, place):
            return False
        if not await self.roles.still(terms):
            return False
        acts = requester if terms.action is Action.KEY_OWNER else owner
        if request.waived and not self.authorizer.owner_may_have(acts, request, place):
            return False
        return self.authorizer.stands(requester, request, place)

    async def _same(self, actor: Actor, cloudinary_id: str) -> Person | None:
        """Identify a person; None unless they are the Cloudinary user who they were."""
        who = await self.people.identify(actor, fresh=True)
        if isinstance(who, TurnedAway) or (who.mismatch and who.mismatch.stops):
            return None
        return who.person if cloudinary_id in {"", who.person.cloudinary_id} else None

    async def _target(self, request: Request) -> Environment | None:
        terms = request.terms
        places = await self.account.environments()
        place = next((each for each in places if each.id == terms.environment_id), None)
        if place is None or not terms.key:
            return place
        keys = await self.account.keys(place.id)
        there = any(key.api_key == terms.key and key.label == terms.name for key in keys)
        return place if there else None


def _without_id(request: Request) -> Environment:
    """Where a request without an environment's id acts: in a new environment, or in none."""
    return place_of(request.terms) if request.terms.action is Action.ENV_CREATE else NOWHERE


def _overtaken(request: Request, place: Environment) -> bool:
    """Whether the tier that is to be fixed was fixed since, or the environment was renamed."""
    terms, fixed = request.terms, place.fixed
    if not terms.action.startswith("env:"):
        return False
    later = isinstance(fixed, FixedTier) and fixed.at > request.asked_at
    return (later and terms.action is Action.ENV_TIER) or place.name != terms.environment_name
