"""Deciding in somebody's place while they are away."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.audit import Deed
from bot.domain.commands import Delegate
from bot.domain.decided import Delegated, NotAskable, Unaskable
from bot.domain.errands import Errand
from bot.domain.outcomes import Outcome
from bot.domain.people import TurnedAway
from bot.domain.policy import Approval
from bot.flows.audit import Scribe
from bot.flows.identity import People
from bot.flows.request_ports import Delegations

LONGEST: Final = timedelta(days=30)
"""A longer absence wants another role at Cloudinary, not a delegate."""
USUAL: Final = timedelta(days=7)


@dataclass(frozen=True)
class Delegator:
    """Appoints delegates; what their word counts is found out at each click."""

    people: People
    delegations: Delegations
    scribe: Scribe

    async def appoint(self, errand: Errand, command: Delegate) -> Outcome:
        """Appoint one, or end it."""
        now = self.scribe.clock.now()
        until = now + min(command.expires or USUAL, LONGEST)
        entry = self.scribe.entry(errand, Deed.DONE, {"to": command.to or ""}, "delegate")
        if command.to is None:
            await self.delegations.delegate(errand.actor, None, until, entry)
            return Delegated(None, None)
        to = replace(errand.actor, user_id=command.to.removeprefix("@"))
        who = await self.people.identify(to, fresh=True)
        if to == errand.actor or isinstance(who, TurnedAway) or who.mismatch:
            return NotAskable(Unaskable.TEAMMATE, Approval(0, ()))
        await self.delegations.delegate(errand.actor, to, until, entry)
        return Delegated(to, until)
