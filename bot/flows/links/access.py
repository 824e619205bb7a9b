"""Decides whether the owner of pending credentials may still have them, again at the reveal."""

from dataclasses import dataclass

from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, TurnedAway
from bot.domain.policy import Action, Allowed
from bot.domain.requests.machine import State
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.links.collect import handed_over
from bot.flows.ports import Account
from bot.flows.request_ports import Requests


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
        """Whether the owner is still a member, and may still create such a key."""
        if not await handed_over(self.account, pending):
            return False
        who = await self.people.identify(pending.owner, fresh=True)
        if isinstance(who, TurnedAway) or (who.mismatch and not pending.approved):
            return False
        if pending.approved:
            request = await self.requests.load(pending.id)
            return request is not None and request.state in {State.CLAIMABLE, State.EXECUTING}
        places = [e for e in await self.account.environments() if e.id == pending.environment_id]
        decisions = [self.authorizer.decide(who.person, Action.CLAIM, None)]
        decisions += [self.authorizer.decide(who.person, Action.KEY_CREATE, e) for e in places]
        return bool(places) and all(isinstance(each, Allowed) for each in decisions)
