"""Appoints delegates, who vote for a colleague while the colleague is away."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Delegate
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import Delegated
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import TurnedAway
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.flows.audit import AuditLog
from bot.flows.identity import People
from bot.flows.request_ports import Delegations

LONGEST: Final = timedelta(days=30)
"""A longer absence needs another role at Cloudinary, not a delegate."""
USUAL: Final = timedelta(days=7)


@dataclass(frozen=True)
class Delegator:
    """Appoints delegates; what a delegate's vote counts is read at each vote."""

    people: People
    delegations: Delegations
    audit_log: AuditLog

    async def appoint(self, job: Job, command: Delegate) -> Delegated | NotAskable:
        """Appoint a delegate, or end the delegation."""
        until = self.audit_log.clock.now() + min(command.expires or USUAL, LONGEST)
        to = None
        if command.to is not None:
            to = replace(job.actor, user_id=command.to.removeprefix("@"))
            who = await self.people.identify(to, fresh=True)
            if to == job.actor or isinstance(who, TurnedAway) or who.mismatch:
                return NotAskable(NotAskableReason.TEAMMATE, Approval(0, ()))
        entry = self.audit_log.entry(job, AuditEvent.DONE, {"to": command.to or ""}, "delegate")
        await self.delegations.delegate(job.actor, to, until, entry)
        return Delegated(to, until if to else None)
