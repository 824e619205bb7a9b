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
from bot.domain.outcomes.delegations import Delegated, DelegateInPlace, DelegatesShown, Delegating
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import Actor, IdentityReason, Person, TurnedAway
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.votes import has_key_role, same_person
from bot.errors import SlackError
from bot.flows.audit import AuditLog
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.request_ports import Delegations

UNKNOWN: Final = "user_not_found"
"""Slack's code for an id that is no user's."""
TURNED_AWAY: Final = {
    IdentityReason.BOT: NotAskableReason.DELEGATE_BOT,
    IdentityReason.GUEST: NotAskableReason.DELEGATE_GUEST,
    IdentityReason.OTHER_TEAM: NotAskableReason.DELEGATE_OUTSIDE,
    IdentityReason.NOT_JOINED: NotAskableReason.DELEGATE_OUTSIDE,
    IdentityReason.DEACTIVATED: NotAskableReason.DELEGATE_LEFT,
}
"""Why a Slack user who may do nothing is no delegate."""
TRIES: Final = 3
"""Attempts at one change: each lost race means that the person's other command was stored."""


@dataclass(frozen=True)
class Delegator:
    """Appoints delegates, shows them, and ends delegations."""

    people: People
    delegations: Delegations
    audit_log: AuditLog
    authorizer: Authorizer

    async def run(self, job: Job, person: Person, command: Delegate) -> Delegating | NotAskable:
        """Show, appoint or end; the answer is what is stored then.

        The dispatcher has asked the authority whether the person may decide at all.
        """
        if command.end:
            return await self._store(
                job, person, None, Delegation(job.actor, None, job.accepted_at)
            )
        if command.to is None:
            return await self._shown(job, person)
        return await self._appoint(job, person, command, command.to)

    async def _shown(self, job: Job, person: Person) -> DelegatesShown:
        now = self.audit_log.clock.now()
        own = await self.delegations.find(job.actor)
        to = own.delegate(now) if own else None
        theirs = [it for it in await self.delegations.current(now) if it.is_to(person)]
        principals = tuple((it.by, it.until) for it in theirs if it.by != job.actor)
        decides = self.authorizer.may_decide(person)
        return DelegatesShown(to, own.until if own and to else None, principals, decides)

    async def _appoint(
        self, job: Job, person: Person, command: Delegate, user: str
    ) -> Delegating | NotAskable:
        if person.cloudinary_id is None:
            return _refused(NotAskableReason.NO_VOTE)
        if command.expires and command.expires > LONGEST:
            return NotAskable(NotAskableReason.TOO_LONG, Approval(0, (), longest=LONGEST))
        to = replace(job.actor, user_id=user.removeprefix("@"))
        who = await self._colleague(person, to)
        if isinstance(who, NotAskableReason):
            return _refused(who)
        key_role = has_key_role(person)
        if await self._is_taken(who, job, key_role=key_role):
            return _refused(NotAskableReason.DELEGATE_TAKEN)
        until = job.accepted_at + (command.expires or USUAL)
        new = Delegation(
            job.actor,
            to,
            until,
            who.name,
            by_id=person.cloudinary_id,
            to_id=who.cloudinary_id or "",
            mailbox=mailbox(person.email),
            to_mailbox=mailbox(who.email),
            key_role=key_role,
        )
        return await self._store(job, person, who, new, command)

    async def _colleague(self, person: Person, to: Actor) -> Person | NotAskableReason:
        """Identify another person who can be a delegate, or say why this one can't."""
        if to == person.actor:
            return NotAskableReason.DELEGATE_SELF
        try:
            who = await self.people.identify(to, fresh=True)
        except SlackError as error:
            if error.code != UNKNOWN:
                raise
            return NotAskableReason.DELEGATE
        if isinstance(who, TurnedAway):
            return TURNED_AWAY.get(who.reason, NotAskableReason.DELEGATE)
        if same_person(who.person, person):
            return NotAskableReason.DELEGATE_SELF
        return NotAskableReason.DELEGATE_NO_USER if who.mismatch else who.person

    async def _store(
        self,
        job: Job,
        person: Person,
        delegate: Person | None,
        new: Delegation,
        command: Delegate | None = None,
    ) -> Delegating | NotAskable:
        """Store a change once; one that a later command overtook changes nothing.

        Appointments are limited, and replace the delegate whom the command names, no other. An end
        is free: it takes a right away.
        """
        new = replace(new, job=job.id, at=job.accepted_at)
        for _ in range(TRIES):
            before = await self.delegations.find(job.actor)
            if before and not before.replaceable(job.id, job.accepted_at):
                break
            former = before if before and before.delegate(job.accepted_at) else None
            if command and (asks := _in_place(former, new, command)):
                return asks
            full_at, possible_at = take(before, job.accepted_at)
            if new.to and possible_at:
                return replace(_refused(NotAskableReason.TOO_OFTEN), again_at=possible_at)
            former_full_at = before.full_at if before else None
            new = replace(new, full_at=full_at if new.to else former_full_at)
            entry = self._entry(job, delegate, former, new)
            notice = _notice(person, new, former)
            if await self.delegations.replace(before, new, entry, notice):
                break
        stored = await self.delegations.find(job.actor)
        to = stored.delegate(self.audit_log.clock.now()) if stored else None
        decides = self.authorizer.may_decide(person)
        return Delegated(to, stored.until if stored and to else None, decides)

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


def _in_place(
    former: Delegation | None, new: Delegation, command: Delegate
) -> DelegateInPlace | None:
    """Ask before another delegate is replaced than the command names."""
    if not former or not former.to or former.to == new.to:
        return None
    there = f"@{former.to.user_id}"
    if command.instead and f"@{command.instead.removeprefix('@')}" == there:
        return None
    replacing = replace(command, instead=there)
    return DelegateInPlace(former.to, former.name, former.until, new.name, replacing)


def _refused(reason: NotAskableReason) -> NotAskable:
    return NotAskable(reason, Approval(0, ()))


def _notice(person: Person, new: Delegation, former: Delegation | None) -> str:
    """Write what the security channel reads; nothing where no delegation was ended."""
    ended = f"{_named(former)} no longer decides for {person.name}." if former else ""
    if new.to is None:
        return ended
    until = f"{new.until:%-d %B %Y %H:%M} UTC"
    same = former is not None and former.to == new.to
    told = f"{_named(new)} decides for {person.name} until {until}."
    return f"{told} {'' if same else ended}".rstrip()


def _named(delegation: Delegation) -> str:
    user = delegation.to.user_id if delegation.to else ""
    return f"{delegation.name} ({user})" if delegation.name else user
