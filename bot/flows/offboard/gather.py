"""Gathers everything that a person has, as the frozen parts of one list."""

from dataclasses import dataclass

from bot.domain.bulk import MOST, Bulk, LeftOut, Part
from bot.domain.commands.grammar import render
from bot.domain.commands.groups import DropFromGroup
from bot.domain.commands.requests import Cancel, Delegate
from bot.domain.commands.users import DisableUser, OffboardUser
from bot.domain.fingerprints import fingerprint_of
from bot.domain.jobs import Job
from bot.domain.offboard_pieces import Piece
from bot.domain.offboarding import Subject, asked, concerns, seen
from bot.domain.people import Actor, Person
from bot.domain.policy import ON_USERS, Action
from bot.domain.requests.machine import Request, State
from bot.flows.accounts.group_facts import GroupFacts
from bot.flows.offboard.gather_keys import KeyGatherer
from bot.flows.ports import Clock
from bot.flows.request_ports import Delegations, Requests

LOOKED_AT = 100
"""Requests that are looked through, newest first."""
OPEN = frozenset({State.PENDING, State.APPROVED})
"""States of a request that can still be cancelled."""
ABOUT = ON_USERS | {Action.LINK}
"""Requests that only concern their owner, who has nothing by them."""


@dataclass(frozen=True)
class Gatherer:
    """Reads everything now."""

    keys: KeyGatherer
    requests: Requests
    delegations: Delegations
    groups: GroupFacts
    clock: Clock

    async def gathered(self, job: Job, person: Person, subject: Subject) -> tuple[Bulk, int]:
        """Freeze the list, whose id is that of the job; the number is of keys out of sight."""
        slack, left = subject.slack, list[LeftOut]()
        keys, hidden = await self.keys.of(person, slack, left) if slack else ([], 0)
        parts = [*_of_user(subject), *keys]
        parts += await self.keys.co_owned(person, slack) if slack else []
        parts += await self._of_requests(slack) if slack else []
        parts += await self._of_delegations(subject)
        parts += await self._of_groups(subject)
        parts += await self._of_roles(subject)
        command, now = render(OffboardUser(subject.id)), self.clock.now()
        shown, more = tuple(parts[:MOST]), max(0, len(parts) - MOST)
        return Bulk(job.id, job.actor, command, now, shown, tuple(left[:MOST]), more), hidden

    async def _of_requests(self, slack: Actor) -> list[Part]:
        own = await self.requests.opened_by(slack, LOOKED_AT)
        given = [it for it in await self.requests.pending(LOOKED_AT) if _is_for(it, slack)]
        found = {it.id: it for it in (*own, *given) if it.state in OPEN}
        return [
            Part(render(Cancel(it.id)), it.short_id, asked(it.terms), it.terms.fingerprint)
            for it in found.values()
        ]

    async def _of_delegations(self, subject: Subject) -> list[Part]:
        every = await self.delegations.current(self.clock.now())
        return [
            Part(
                render(Delegate(f"@{it.to.user_id}", end=True)),
                it.by.user_id,
                it.to.user_id,
                seen(it),
            )
            for it in every
            if it.to and concerns(it, subject)
        ]

    async def _of_groups(self, subject: Subject) -> list[Part]:
        user, parts = subject.user, list[Part]()
        if user is None:
            return []
        groups = await self.groups.account.user_groups()
        for each in groups:
            group = await self.groups.group(each.id, groups)
            if group is None or not group.has(user.id):
                continue
            drop = DropFromGroup(group.id, user.id)
            terms = await self.groups.terms(drop, group, user)
            parts.append(Part(render(drop), group.name, "", fingerprint_of(*terms.parts)))
        return parts

    async def _of_roles(self, subject: Subject) -> list[Part]:
        """The roles of the account, which only the Permissions API knows."""
        user = subject.user
        if user is None or not self.groups.roles.permissions:
            return []
        held = await self.groups.users.account_roles_of(user.id)
        command = render(OffboardUser(user.id, parts=Piece.ROLES))
        return [Part(command, user.email, "", " ".join(sorted(held)))] if held else []


def _of_user(subject: Subject) -> list[Part]:
    user = subject.user
    if user is None or not user.enabled:
        return []
    return [Part(render(DisableUser(user.id, confirm=user.email)), user.email)]


def _is_for(request: Request, slack: Actor) -> bool:
    """Whether another person requested it for this one."""
    return request.terms.owner == slack and request.terms.action not in ABOUT
