"""Making a key, and collecting its credentials: disabled until its owner opens the link."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from bot.domain.audit import Deed
from bot.domain.claims import Claim as Waiting
from bot.domain.commands import Claim, CreateKey
from bot.domain.environments import Environment
from bot.domain.errands import Errand
from bot.domain.forms import action_of
from bot.domain.keys import Credentials, Generated, Key, Located
from bot.domain.outcomes import (
    Denied,
    LinkReady,
    MadeToClaim,
    NameTaken,
    NothingToClaim,
    Outcome,
    SecretWithheld,
    WhichClaim,
)
from bot.domain.people import Actor, Person
from bot.domain.policy import Allowed, NeedsApproval, Question, Refused
from bot.domain.requests import Request
from bot.errors import Unavailable
from bot.flows.finding import Finder
from bot.flows.ports import Account, Claims, Errands, LinkMaker, Locks, Policy
from bot.flows.record import Scribe, about_environment, about_key
from bot.flows.wanting import Wanted

CLOCK_SKEW = timedelta(seconds=30)
"""What Cloudinary's clock, which writes whole seconds, may differ from ours."""
RECONCILE_AFTER = (0.5, 2.0, 5.0)
"""Seconds before each look for a key whose making got no clear answer."""


@dataclass(frozen=True)
class New:
    """A key that is to be made; `agreed` is the fingerprint of what others agreed to."""

    name: str
    owner: Actor
    agreed: str = ""


@dataclass(frozen=True)
class Creator:
    """Makes keys and the links to them."""

    account: Account
    policy: Policy
    finder: Finder
    errands: Errands
    locks: Locks
    claims: Claims
    links: LinkMaker
    scribe: Scribe

    async def create(self, errand: Errand, person: Person, command: CreateKey) -> Outcome | Wanted:
        """Make a key, disabled, and a link for the asker."""
        place = await self.finder.environment(person, command)
        if not isinstance(place, Environment):
            return place
        decision = self.policy.decide(Question(person, action_of(command), place))
        match decision:
            case Refused():
                return Denied(action_of(command), person, decision, place)
            case NeedsApproval():
                return await self._wanted(command, decision, place)
            case Allowed():
                new = New(command.name, errand.actor)
                async with self.locks.hold(f"environment:{place.id}"):
                    made = await self._make(errand, place, new, decision)
                return made if isinstance(made, NameTaken) else await self._hand_over(*made)
            case _:
                assert_never(decision)

    async def _wanted(
        self, command: CreateKey, decision: NeedsApproval, place: Environment
    ) -> Wanted | NameTaken:
        there = await self._named(place, command.name)
        if there:
            return NameTaken(Located(there, place))
        frozen = replace(command, env=place.cloud_name)
        return Wanted(
            frozen,
            decision,
            place,
            command.name,
            reason=command.reason or "",
            emergency=command.emergency,
        )

    async def agreed(
        self, errand: Errand, place: Environment, request: Request, allowed: Allowed
    ) -> Outcome:
        """Make the key that others agreed to, for the one whom they agreed to."""
        terms = request.terms
        new = New(terms.name, terms.owner, terms.fingerprint)
        async with self.locks.hold(f"environment:{place.id}"):
            made = await self._make(errand, place, new, allowed)
        return made if isinstance(made, NameTaken) else MadeToClaim(made[0])

    async def _make(
        self, errand: Errand, place: Environment, new: New, allowed: Allowed
    ) -> NameTaken | tuple[Waiting, Credentials | None]:
        """Make the key once: what this errand began before, it finds again by its name."""
        name = new.name
        effect = f"created:{place.id}:{name}"
        there = await self._named(place, name)
        if there and not (errand.effect == effect and await self._is_ours(errand, there)):
            return NameTaken(Located(there, place))
        target = about_environment(place) | {"name": name}
        begun = self.scribe.entry(errand, Deed.BEGUN, target, allowed.policy)
        errand = await self.errands.begin(errand, effect, begun)
        made = Generated(there, None) if there else await self._generate(errand, place, name)
        return await self._keep(errand, place, made, new, allowed), made.credentials

    async def _is_ours(self, errand: Errand, key: Key) -> bool:
        """Whether this errand made the key: it is no older, and nobody else claims it."""
        claim = await self.claims.claim_on(key.api_key)
        if claim and claim.id != errand.id:
            return False
        return key.created_at is None or key.created_at >= errand.accepted_at - CLOCK_SKEW

    async def _generate(self, errand: Errand, place: Environment, name: str) -> Generated:
        try:
            return await self.account.create_key(place, name)
        except Unavailable as error:
            if not error.maybe_done:
                raise
            found = await self._look_for(place, name)
            if found is None or not await self._is_ours(errand, found):
                raise
            return Generated(found, None)

    async def _look_for(self, place: Environment, name: str) -> Key | None:
        """Find the key of a call that got no clear answer; the call is never repeated."""
        for delay in RECONCILE_AFTER:
            await asyncio.sleep(delay)
            found = await self._named(place, name)
            if found:
                return found
        return None

    async def _named(self, place: Environment, name: str) -> Key | None:
        keys = await self.account.keys(place.id)
        return next((key for key in keys if key.name == name), None)

    async def _keep(
        self, errand: Errand, place: Environment, made: Generated, new: New, allowed: Allowed
    ) -> Waiting:
        key = made.key
        if key.enabled:
            key = await self.account.set_enabled(place.id, key.api_key, enabled=False)
        now = self.scribe.clock.now()
        claim = Waiting(
            errand.id,
            new.owner,
            place.id,
            place.name,
            place.cloud_name,
            key.api_key,
            key.name,
            now,
            agreed=new.agreed,
        )
        target = about_key(Located(key, place)) | {"fingerprint": claim.fingerprint}
        entry = self.scribe.entry(errand, Deed.DONE, target, allowed.policy)
        await self.claims.add_claim(claim, entry)
        return claim

    async def claim(self, errand: Errand, command: Claim) -> Outcome:
        """Make a new link to credentials that wait for the asker."""
        waiting = await self.claims.claims_of(errand.actor)
        meant = [each for each in waiting if command.id in {None, each.id, each.name}]
        if not meant:
            return NothingToClaim()
        if len(meant) > 1:
            return WhichClaim(tuple(meant))
        return await self._hand_over(meant[0], None)

    async def _hand_over(self, claim: Waiting, credentials: Credentials | None) -> Outcome:
        place = Environment(claim.environment_id, claim.environment_name, claim.cloud_name)
        found = credentials or await self.account.credentials(place, claim.api_key)
        if found is None:
            return SecretWithheld(claim)
        made = await self.links.make(claim, found)
        return LinkReady(claim, made.expires_at, made.url) if made else NothingToClaim()
