"""Links a Slack user to another Cloudinary user, once others have approved it.

The plan names both Cloudinary users, the one before and the one that the person's confirmed address
matches now; where it matches none, the link ends the binding. They are frozen in the request's
terms, and read again before the link is written.
"""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.addresses import mailbox, one_mailbox
from bot.domain.audit import AuditEvent
from bot.domain.bindings import Binding, Bound, slack_name
from bot.domain.commands.users import LinkUser
from bot.domain.environments import NOWHERE
from bot.domain.jobs import Job
from bot.domain.outcomes.access import UserLinked
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, CloudinaryUser, IdentityReason, Mismatch, Person
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.flows.audit import AuditLog
from bot.flows.identity import People
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Bindings

_RELEASED: Final = " → none"
"""How the terms end where the person keeps no Cloudinary user."""


@dataclass(frozen=True)
class Linker:
    """Plans links, and applies them."""

    people: People
    bindings: Bindings
    audit_log: AuditLog

    async def plan(self, job: Job, person: Person, command: LinkUser) -> Plan | NotAskable:
        """Plan the link of one person to the Cloudinary user that they match now."""
        target = _target(job, command)
        profile, user = await self.people.matched(target)
        own_mailbox = one_mailbox(mailbox(profile.email), mailbox(person.email))
        if isinstance(user, IdentityReason):
            return _not_askable(NotAskableReason.TEAMMATE)
        if target == job.actor or own_mailbox:
            return _not_askable(NotAskableReason.OWN_LINK)
        bound = await self._bound(target, user)
        if bound is None:
            return _not_askable(NotAskableReason.NO_USER)
        user_id = user.id if isinstance(user, CloudinaryUser) else ""
        if user_id and user_id == person.cloudinary_id:
            return _not_askable(NotAskableReason.OWN_LINK)
        linked = bound.own == bound.holder and not bound.unreadable
        if user_id and linked:  # to each other, or both free until first use
            return _not_askable(NotAskableReason.LINKED)
        return Plan(
            command,
            NOWHERE,
            _names(user, bound),
            owner=target,
            owner_id=user_id,
            owner_mailbox=mailbox(profile.email),
            reason=command.reason or "",
            tracked=True,
        )

    async def link(self, job: Job, plan: Plan, command: LinkUser, authority: Authority) -> Outcome:
        """Write the link, if both Cloudinary users are still those of the plan."""
        target = _target(job, command)
        if own := await self._linked(job, target):
            return UserLinked(target, own.cloudinary_id)  # this job linked them before a crash
        _, user = await self.people.matched(target)
        if user is Mismatch.NO_USER:
            return await self._release(job, target, plan, authority)
        if not isinstance(user, CloudinaryUser):
            return _not_askable(NotAskableReason.NO_USER)
        bound = await self.bindings.bound(target, user.id)
        if _names(user, bound) != plan.name:
            return _not_askable(NotAskableReason.NO_USER)
        before = bound.own.cloudinary_id if bound.own else ""
        holder = bound.holder.slack if bound.holder else ""
        new = Binding(slack_name(target), user.id, self.audit_log.clock.now(), job.id)
        about = {"slack": new.slack, "cloudinary": user.id, "before": before, "holder": holder}
        entry = self.audit_log.entry(job, AuditEvent.BOUND, about, authority.policy)
        written = await self.bindings.link(new, bound, entry)
        return UserLinked(target, user.id) if written else _not_askable(NotAskableReason.NO_USER)

    async def done(self, job: Job, plan: Plan, command: LinkUser) -> bool:
        """Whether this job wrote the link before, or the binding that it is to end is gone."""
        target = _target(job, command)
        if plan.name.endswith(_RELEASED):
            bound = await self.bindings.bound(target, "")
            return bound.own is None and not bound.unreadable
        return await self._linked(job, target) is not None

    async def _linked(self, job: Job, target: Actor) -> Binding | None:
        """The binding of a Slack user, if this job wrote it."""
        own = (await self.bindings.bound(target, "")).own
        return own if own and own.by == job.id else None

    async def _bound(self, target: Actor, user: CloudinaryUser | Mismatch) -> Bound | None:
        """Read what a link would change; None where there is nothing that it could do."""
        if isinstance(user, CloudinaryUser):
            return await self.bindings.bound(target, user.id)
        if user is not Mismatch.NO_USER:
            return None
        alone = await self.bindings.bound(target, "")
        if alone.own:
            return await self.bindings.bound(target, alone.own.cloudinary_id)
        return alone if alone.unreadable else None

    async def _release(self, job: Job, target: Actor, plan: Plan, authority: Authority) -> Outcome:
        """End the binding of a person whose address matches no Cloudinary user."""
        if not plan.name.endswith(_RELEASED):
            return _not_askable(NotAskableReason.NO_USER)
        bound = await self._bound(target, Mismatch.NO_USER)
        if bound is None:
            return UserLinked(target, "")  # this job ended it before a crash
        if _names(Mismatch.NO_USER, bound) != plan.name:
            return _not_askable(NotAskableReason.NO_USER)
        slack, before = slack_name(target), bound.own.cloudinary_id if bound.own else ""
        about = {"slack": slack, "cloudinary": "", "before": before}
        entry = self.audit_log.entry(job, AuditEvent.BOUND, about, authority.policy)
        written = await self.bindings.release(slack, bound, entry)
        return UserLinked(target, "") if written else _not_askable(NotAskableReason.NO_USER)


def _target(job: Job, command: LinkUser) -> Actor:
    return replace(job.actor, user_id=command.user.removeprefix("@"))


def _names(user: CloudinaryUser | Mismatch, bound: Bound) -> str:
    """Name what changes, for the terms: the Cloudinary users before and after, who held it."""
    none = "unreadable" if bound.unreadable else "none"
    before = bound.own.cloudinary_id if bound.own else none
    if isinstance(user, Mismatch):
        return before + _RELEASED
    held = f", taken from Slack user {bound.holder.slack}" if bound.holder else ""
    damaged = ", in place of an unreadable binding" if bound.unreadable else ""
    return f"{before} → {user.id} ({user.email}){held}{damaged}"


def _not_askable(reason: NotAskableReason) -> NotAskable:
    return NotAskable(reason, Approval(0, ()))
