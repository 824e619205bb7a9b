"""Decides whether the owner of pending credentials may still have them, again at the reveal."""

from dataclasses import dataclass

from bot.domain.environments import Environment
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, TurnedAway
from bot.domain.policy import Action, Allowed
from bot.domain.requests.machine import Request, State
from bot.flows.authorize import Authorizer
from bot.flows.identity import Identified, Identity, People
from bot.flows.links.collect import handed_over
from bot.flows.ports import Account
from bot.flows.request_ports import Requests


@dataclass(frozen=True)
class NamesAtSlack:
    """Names owners in a process without the account key; who may open a link, a worker decides."""

    people: People

    async def name_of(self, actor: Actor) -> str | None:
        """Give a member's name; None for an actor who is no member, or no longer one."""
        return await self.people.name_at_slack(actor)


@dataclass(frozen=True)
class ClaimAccess:
    """Reads the owner and the policy again: both may have changed since the link was created."""

    people: People
    account: Account
    authorizer: Authorizer
    requests: Requests

    async def name_of(self, actor: Actor) -> str | None:
        """Give a member's name; None for an actor who is no member, or no longer one."""
        who = await self.people.identify(actor, fresh=False)
        return None if isinstance(who, TurnedAway) else who.person.name

    async def may_still_claim(self, pending: Pending) -> bool:
        """Whether the owner is still a member, and has, or still has a grant of, the right.

        Credentials that another person approved need no right of the owner's own, but no owner who
        is disabled at Cloudinary, and rules under which they could still be requested. Those that
        no other person approved need the right itself, now.
        """
        return await self._may(pending, fresh=True)

    async def still_may_have(self, pending: Pending) -> bool:
        """Decide the same by what is kept of people; a press reads everything again."""
        return await self._may(pending, fresh=False)

    async def _may(self, pending: Pending, *, fresh: bool) -> bool:
        who = await self.people.identify(pending.owner, fresh=fresh)
        if isinstance(who, TurnedAway) or (who.mismatch and who.mismatch.stops):
            return False
        place = await self._place(pending)
        if place is None or not place.enabled or not await handed_over(self.account, pending):
            return False
        if not isinstance(self.authorizer.decide(who.person, Action.CLAIM, None), Allowed):
            return False
        if pending.approved:
            return await self._granted(pending, who, place, fresh=fresh)
        decision = self.authorizer.decide(who.person, Action.KEY_CREATE, place)
        return not who.mismatch and isinstance(decision, Allowed)

    async def underway(self, owner: Actor, request_id: str) -> Request | None:
        """Read the request, if it is approved and its key is not created yet."""
        request = await self.requests.load(request_id)
        if request is None or request.terms.owner != owner:
            return None
        return request if request.state in {State.APPROVED, State.EXECUTING} else None

    async def _granted(
        self, pending: Pending, owner: Identified, place: Environment, *, fresh: bool
    ) -> bool:
        """Whether the request still grants the credentials."""
        request = await self.requests.load(pending.id)
        if request is None or request.state not in {State.CLAIMABLE, State.EXECUTING}:
            return False
        if request.terms.fingerprint != pending.approved:
            return False
        if request.owner_id not in {"", owner.person.cloudinary_id}:
            return False  # another Cloudinary user than the one that was approved, or none
        requester: Identity = owner
        if request.terms.requester != pending.owner:
            requester = await self.people.identify(request.terms.requester, fresh=fresh)
        if isinstance(requester, TurnedAway) or (requester.mismatch and requester.mismatch.stops):
            return False
        if request.asker.cloudinary_id not in {"", requester.person.cloudinary_id}:
            return False
        # The owner holds the key: where no other person approved it, they need the right as well.
        if request.waived and not self.authorizer.owner_may_have(owner.person, request, place):
            return False
        return self.authorizer.still_grants(requester.person, request, place)

    async def _place(self, pending: Pending) -> Environment | None:
        places = await self.account.environments()
        return next((each for each in places if each.id == pending.environment_id), None)
