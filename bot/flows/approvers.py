"""Who could agree to a request: of the right role at Cloudinary, and to be asked at Slack."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.approvals import holds
from bot.domain.people import Actor, CloudinaryUser, Person, admit
from bot.domain.policy import Approval
from bot.domain.requests import Request
from bot.flows.request_ports import Locator, Roster

LOOKED_UP: Final = 20
"""Candidates looked for at Slack, which allows fifty such calls a minute."""


@dataclass(frozen=True)
class Approvers:
    """Finds them; who they are at the click is read again then."""

    roster: Roster
    locator: Locator
    team_id: str

    async def able(self, request: Request) -> list[CloudinaryUser]:
        """Users who could agree: enabled, of the right role, with access, and not the asker."""
        wanted = frozenset({*request.approval.approvers, *request.approval.of_which})
        users = [user for user in await self.roster.all_users() if _usable(user, wanted)]
        fitting = [user for user in users if user.id != request.asker.cloudinary_id]
        # The few whom the quorum cannot do without come first.
        special = frozenset(request.approval.of_which)
        fitting.sort(key=lambda user: not _held(user) & special)
        found = await asyncio.gather(
            *(self._reachable(request, user) for user in fitting[:LOOKED_UP])
        )
        return [user for user, there in zip(fitting, found, strict=False) if there]

    async def _reachable(self, request: Request, user: CloudinaryUser) -> bool:
        place, owner = request.terms.environment_id, request.terms.owner
        if not (user.all_environments or place in await self.roster.environments_of(user.id)):
            return False
        profile = await self.locator.by_email(user.email)
        if profile is None or admit(profile, self.team_id):
            return False
        return profile.user_id != owner.user_id


def _usable(user: CloudinaryUser, wanted: frozenset[str]) -> bool:
    return user.enabled and not user.pending and bool(_held(user) & wanted)


def _held(user: CloudinaryUser) -> frozenset[str]:
    return holds(Person(Actor("", ""), "", "", user.role), "")


def enough(able: Sequence[CloudinaryUser], approval: Approval) -> bool:
    """Whether these could reach the quorum."""
    special = frozenset(approval.of_which)
    return len(able) >= approval.quorum and (
        not special or any(_held(user) & special for user in able)
    )
