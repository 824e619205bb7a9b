"""Who could agree to a request: of the right role at Cloudinary, and to be asked at Slack."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.approvals import holds, unfit
from bot.domain.people import Actor, CloudinaryUser, Person, Profile, admit
from bot.domain.policy import Approval
from bot.domain.requests import Request
from bot.errors import SlackAway, SlackError
from bot.flows.ports import Clock
from bot.flows.request_ports import Locator, Roster

TOGETHER: Final = 20
"""Candidates looked at side by side; mostly the first of them are enough."""
MOST_LOOKED_UP: Final = 40
"""Of them at Slack, which allows fifty such calls a minute."""
KNOWN_FOR: Final = timedelta(minutes=1)
REMEMBERED: Final = 1_000
"""Addresses; far more than have a role that approves."""

OnDuty = Mapping[str, frozenset[str]]
"""Who is in a Slack user group now, by the group's id."""


@dataclass(frozen=True)
class Able:
    """Somebody who could agree, and what a policy may call them by."""

    name: str
    held: frozenset[str]


@dataclass(frozen=True)
class Count:
    """Those who were found; unless it is `complete` there may be more."""

    able: tuple[Able, ...]
    complete: bool


NOBODY_ASKED: Final = Count((), complete=False)


@dataclass(frozen=True)
class Approvers:
    """Finds them; who they are at the click is read again then."""

    roster: Roster
    locator: Locator
    team_id: str
    clock: Clock
    permissions: bool
    looked_up: dict[str, tuple[datetime, Profile | None]] = field(default_factory=dict)
    """Who was found at Slack lately, by e-mail address."""

    async def count(self, request: Request) -> Count:
        """Find those who could agree, until there are enough without any one of them."""
        wanted = _wanted(request)
        on_duty = await self._on_duty(wanted)
        candidates = await self._candidates(request, wanted, on_duty)
        found, left = list[Able](), MOST_LOOKED_UP
        for start in range(0, len(candidates), TOGETHER):
            there = await self._with_access(request, candidates[start : start + TOGETHER])
            looks = [self._able(request, person, on_duty) for person in there[:left]]
            found += [each for each in await asyncio.gather(*looks) if each]
            left -= len(there)
            if left < 0 or plenty(found, request.approval):
                return Count(tuple(found), complete=False)
        return Count(tuple(found), complete=True)

    async def _on_duty(self, wanted: frozenset[str]) -> OnDuty:
        groups = _named("oncall:", wanted)
        members = await asyncio.gather(*map(self.locator.members, groups))
        return dict(zip(groups, members, strict=True))

    async def _candidates(
        self, request: Request, wanted: frozenset[str], on_duty: OnDuty
    ) -> Sequence[CloudinaryUser]:
        """Whom the rule names, whom the quorum can't do without, whose role fits, the others."""
        special = frozenset(request.approval.of_which)
        named = await self._addresses({*_named("person:", wanted)}.union(*on_duty.values()))
        anybody = self.permissions or bool(_named("group:", wanted))

        def rank(user: CloudinaryUser) -> tuple[bool, ...]:
            roles = holds(Person(Actor("", ""), "", "", user.role), "")
            return user.email.casefold() not in named, not roles & special, not roles & wanted

        users = await self.roster.all_users()
        usable = [user for user in _unmistakable(users) if user.enabled and not user.pending]
        return sorted((user for user in usable if anybody or not all(rank(user))), key=rank)

    async def _addresses(self, user_ids: set[str]) -> frozenset[str]:
        """Of members whom a rule means by what they are at Slack."""
        some = sorted(user_ids)[:TOGETHER]
        found = await asyncio.gather(*map(self._member, some))
        return frozenset(profile.email.casefold() for profile in found if profile)

    async def _member(self, user_id: str) -> Profile | None:
        try:
            return await self.locator.profile(Actor(self.team_id, user_id))
        except SlackAway:
            raise
        except SlackError:  # a rule may name somebody who is gone
            return None

    async def _with_access(
        self, request: Request, users: Sequence[CloudinaryUser]
    ) -> Sequence[Person]:
        place = request.terms.environment_id
        people = await asyncio.gather(*(self._person(user, request) for user in users))
        return [person for person in people if person.reaches(place)]

    async def _person(self, user: CloudinaryUser, request: Request) -> Person:
        """Somebody as far as Cloudinary knows them."""
        place, by_group = request.terms.environment_id, bool(_named("group:", _wanted(request)))
        everywhere = user.all_environments
        reached = None if everywhere else await self.roster.environments_of(user.id)
        groups = await self.roster.groups_of(user.id) if by_group else frozenset[str]()
        right = await self.roster.key_right(user.id, place) if self.permissions else None
        rights = ((place, right),) if right else None
        nobody = Actor(self.team_id, "")
        return Person(nobody, user.name, user.email, user.role, user.id, reached, groups, rights)

    async def _able(self, request: Request, person: Person, on_duty: OnDuty) -> Able | None:
        profile, place = await self._profile(person.email), request.terms.environment_id
        if profile is None or admit(profile, self.team_id):
            return None
        person = replace(person, actor=Actor(self.team_id, profile.user_id))
        calls = frozenset(id_ for id_, members in on_duty.items() if profile.user_id in members)
        held = holds(person, place, calls)
        why = unfit(person, held, _wanted(request), request.interest, place)
        return None if why else Able(person.name, held)

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


def _wanted(request: Request) -> frozenset[str]:
    """Everybody whose word could count before it expires."""
    return request.approval.open_to(request.expires_at - request.asked_at)


def _unmistakable(users: Sequence[CloudinaryUser]) -> Iterable[CloudinaryUser]:
    """Those whose e-mail address leads to nobody else: at the click, two matches stop."""
    addresses = Counter(user.email.casefold() for user in users)
    return (user for user in users if addresses[user.email.casefold()] == 1)


def _named(prefix: str, wanted: frozenset[str]) -> Sequence[str]:
    return sorted(name.removeprefix(prefix) for name in wanted if name.startswith(prefix))


def enough(able: Sequence[Able], approval: Approval) -> bool:
    """Whether these could reach the quorum."""
    special = frozenset(approval.of_which)
    return len(able) >= approval.quorum and (
        not special or any(each.held & special for each in able)
    )


def needed(able: Sequence[Able], approval: Approval) -> Sequence[Able]:
    """Those of them without whom it could not be reached."""
    return [
        each
        for number, each in enumerate(able)
        if not enough([*able[:number], *able[number + 1 :]], approval)
    ]


def plenty(able: Sequence[Able], approval: Approval) -> bool:
    """Whether they could reach it without any one of them: somebody is always away."""
    return enough(able, approval) and not needed(able, approval)
