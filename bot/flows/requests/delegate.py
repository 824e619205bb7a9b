"""Appoints delegates, who vote for a colleague while the colleague is away.

A person appoints for themself alone. What the delegate may decide is read at each vote, from what
the person may decide then (`bot.flows.requests.eligibility`).
"""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.addresses import mailbox
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.requests import Delegate
from bot.domain.delegations import LONGEST, MOST_PRINCIPALS, USUAL, Delegation, take
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import Delegated
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import Person, TurnedAway
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.votes import has_key_role, same_person
from bot.flows.audit import AuditLog
from bot.flows.identity import People
from bot.flows.request_ports import Delegations

TRIES: Final = 3
"""Attempts at one change: each lost race means that the person's other command was stored."""


@dataclass(frozen=True)
class Delegator:
    """Appoints delegates, and ends delegations."""

    people: People
    delegations: Delegations
    audit_log: AuditLog

    async def appoint(self, job: Job, person: Person, command: Delegate) -> Delegated | NotAskable:
        """Appoint a delegate, or end the delegation; the answer is what is stored then.

        The dispatcher has asked the authority whether the person may decide at all.
        """
        if command.to is None:
            return await self._store(
                job, person, None, Delegation(job.actor, None, job.accepted_at)
            )
        if person.cloudinary_id is None:
            return _refused(NotAskableReason.NO_VOTE)
        if command.expires and command.expires > LONGEST:
            return NotAskable(NotAskableReason.TOO_LONG, Approval(0, (), longest=LONGEST))
        to = replace(job.actor, user_id=command.to.removeprefix("@"))
        who = await self.people.identify(to, fresh=True)
        if isinstance(who, TurnedAway) or who.mismatch or same_person(who.person, person):
            return _refused(NotAskableReason.DELEGATE)
        key_role = has_key_role(person)
        if await self._is_taken(who.person, job, key_role=key_role):
            return _refused(NotAskableReason.DELEGATE_TAKEN)
        until = job.accepted_at + (command.expires or USUAL)
        new = Delegation(
            job.actor,
            to,
            until,
            who.person.name,
            by_id=person.cloudinary_id,
            to_id=who.person.cloudinary_id or "",
            mailbox=mailbox(person.email),
            to_mailbox=mailbox(who.person.email),
            key_role=key_role,
        )
        return await self._store(job, person, who.person, new)

    async def _store(
        self, job: Job, person: Person, delegate: Person | None, new: Delegation
    ) -> Delegated | NotAskable:
        """Store a change once; one that a later command overtook changes nothing.

        Appointments are limited. An end is not: it takes a right away.
        """
        new = replace(new, job=job.id, at=job.accepted_at)
        for _ in range(TRIES):
            before = await self.delegations.find(job.actor)
            if before and not before.replaceable(job.id, job.accepted_at):
                break
            full_at, possible_at = take(before, job.accepted_at)
            if new.to and possible_at:
                return replace(_refused(NotAskableReason.TOO_OFTEN), again_at=possible_at)
            former_full_at = before.full_at if before else None
            new = replace(new, full_at=full_at if new.to else former_full_at)
            former = before if before and before.delegate(job.accepted_at) else None
            entry = self._entry(job, delegate, former, new)
            notice = _notice(person, new, former)
            if await self.delegations.replace(before, new, entry, notice):
                break
        stored = await self.delegations.find(job.actor)
        to = stored.delegate(self.audit_log.clock.now()) if stored else None
        return Delegated(to, stored.until if stored and to else None)

    async def _is_taken(self, to: Person, job: Job, *, key_role: bool) -> bool:
        """Whether as many other such people as possible have this delegate, by any account."""
        every = await self.delegations.current(job.accepted_at)
        such = [each for each in every if each.is_to(to) and each.key_role is key_role]
        return len([each for each in such if each.by != job.actor]) >= MOST_PRINCIPALS

    def _entry(
        self, job: Job, delegate: Person | None, former: Delegation | None, new: Delegation
    ) -> Entry:
        target = {
            "to": str(new.to) if new.to else "",
            "to_cloudinary": (delegate and delegate.cloudinary_id) or "",
            "until": new.until.isoformat(),
            "before": str(former.to) if former else "",
        }
        return self.audit_log.entry(job, AuditEvent.DONE, target, "delegate")


def _refused(reason: NotAskableReason) -> NotAskable:
    return NotAskable(reason, Approval(0, ()))


def _notice(person: Person, new: Delegation, former: Delegation | None) -> str:
    """Write what the security channel reads; nothing where no delegation was ended."""
    ended = f"{_named(former)} no longer decides in the place of {person.name}." if former else ""
    if new.to is None:
        return ended
    until = f"{new.until:%-d %B %Y %H:%M} UTC"
    same = former is not None and former.to == new.to
    told = f"{_named(new)} decides in the place of {person.name} until {until}."
    return f"{told} {'' if same else ended}".rstrip()


def _named(delegation: Delegation) -> str:
    user = delegation.to.user_id if delegation.to else ""
    return f"{delegation.name} ({user})" if delegation.name else user
