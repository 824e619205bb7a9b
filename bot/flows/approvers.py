"""Who could agree to a request: of the right role at Cloudinary, and to be asked at Slack."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.approvals import holds
from bot.domain.people import Actor, CloudinaryUser, Person, Profile, admit
from bot.domain.policy import Approval
from bot.domain.requests import Request
from bot.flows.ports import Clock
from bot.flows.request_ports import Locator, Roster

LOOKED_UP: Final = 20
"""Candidates looked for at Slack, which allows fifty such calls a minute."""
KNOWN_FOR: Final = timedelta(minutes=1)
REMEMBERED: Final = 1_000
"""Addresses; far more than have a role that approves."""


@dataclass(frozen=True)
class Able:
    """Somebody who could agree, and what a policy may call them by."""

    name: str
    held: frozenset[str]


@dataclass(frozen=True)
class Approvers:
    """Finds them; who they are at the click is read again then."""

    roster: Roster
    locator: Locator
    team_id: str
    clock: Clock
    looked_up: dict[str, tuple[datetime, Profile | None]] = field(default_factory=dict)
    """Who was found at Slack lately, by e-mail address."""

    async def able(self, request: Request) -> list[Able]:
        """Those who could agree: enabled, of the right role, with access, and not the asker."""
        wanted = request.approval.open_to(request.expires_at - request.asked_at)
        named = any(":" in name for name in wanted)
        users = [user for user in await self.roster.all_users() if user.enabled]
        fitting = [
            user
            for user in users
            if not user.pending
            and user.id != request.asker.cloudinary_id
            and (named or _roles(user) & wanted)
        ]
        # The few whom the quorum cannot do without come first.
        special = frozenset(request.approval.of_which)
        fitting.sort(key=lambda user: not _roles(user) & special)
        on_call = await self._on_call(wanted)
        found = await asyncio.gather(
            *(self._able(request, user, on_call) for user in fitting[:LOOKED_UP])
        )
        return [each for each in found if each and each.held & wanted]

    async def _profile(self, email: str) -> Profile | None:
        """Look somebody up; this only says who can be asked, so a while ago will do."""
        now = self.clock.now()
        at, known = self.looked_up.get(email, (None, None))
        if at and now - at < KNOWN_FOR:
            return known
        found = await self.locator.by_email(email)
        if len(self.looked_up) >= REMEMBERED:
            self.looked_up.clear()
        self.looked_up[email] = (now, found)
        return found

    async def _on_call(self, wanted: frozenset[str]) -> dict[str, frozenset[str]]:
        groups = [name.removeprefix("oncall:") for name in wanted if name.startswith("oncall:")]
        return {group: await self.locator.members(group) for group in groups}

    async def _able(
        self, request: Request, user: CloudinaryUser, on_call: dict[str, frozenset[str]]
    ) -> Able | None:
        place, owner = request.terms.environment_id, request.terms.owner
        if not (user.all_environments or place in await self.roster.environments_of(user.id)):
            return None
        profile = await self._profile(user.email)
        if profile is None or admit(profile, self.team_id) or profile.user_id == owner.user_id:
            return None
        groups = await self.roster.groups_of(user.id) if _by_group(request) else frozenset()
        actor = Actor(self.team_id, profile.user_id)
        person = Person(actor, user.name, user.email, user.role, user.id, None, groups)
        calls = frozenset(id_ for id_, members in on_call.items() if actor.user_id in members)
        return Able(user.name, holds(person, place, calls))


def _by_group(request: Request) -> bool:
    wanted = request.approval.open_to(request.expires_at - request.asked_at)
    return any(name.startswith("group:") for name in wanted)


def _roles(user: CloudinaryUser) -> frozenset[str]:
    return holds(Person(Actor("", ""), "", "", user.role), "")


def enough(able: Sequence[Able], approval: Approval) -> bool:
    """Whether these could reach the quorum."""
    special = frozenset(approval.of_which)
    return len(able) >= approval.quorum and (
        not special or any(each.held & special for each in able)
    )
