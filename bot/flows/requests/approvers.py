"""Counts the people who could approve a request: eligible at Cloudinary, and active at Slack."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.bindings import binding_fault
from bot.domain.people import Actor, CloudinaryUser, Person, Profile, admit, match
from bot.domain.policy import Approval
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import ON_CALL
from bot.errors import NO_MEMBER, SlackError
from bot.flows.lookup_cache import Lookups, NotAsked
from bot.flows.ports import Bindings, Clock
from bot.flows.request_ports import Locator, Roster
from bot.flows.requests.candidates import GROUP, Able, Candidate, Search, meant, named

BATCH: Final = 20
"""Candidates looked up at the same time."""
LOOKED_AT: Final = 100
"""Candidates looked up for one request: their access, groups and rights take a few calls each."""
REACHED: Final = 10
"""People who get a direct message where the channel refuses the card."""


@dataclass(frozen=True)
class Count:
    """People who could approve, as many as matter, those first whom the policy needs most.

    `complete` means that every other candidate was looked up too, or could change nothing. Without
    it, too few people prove nothing.
    """

    able: tuple[Able, ...] = ()
    complete: bool = True

    def __add__(self, other: "Count") -> "Count":
        found = dict[str, Able]()
        for each in (*self.able, *other.able):
            found.setdefault(each.id, each)
        return Count(tuple(found.values()), self.complete and other.complete)

    def conclusive(self, approval: Approval, *, special_known: bool) -> bool:
        """Whether more people would change nothing: the quorum is reached without any one of these.

        Once everyone is known whom the quorum needs, one person more than the quorum is enough.
        """
        comfortable = enough(self.able, approval) and not needed(self.able, approval)
        known = special_known and self.complete
        return comfortable or (known and len(self.able) > approval.quorum)

    def too_few(self, approval: Approval) -> bool:
        """Whether it is certain that the quorum can't be reached."""
        return self.complete and not enough(self.able, approval)


@dataclass(frozen=True)
class Known:
    """A person as Cloudinary and Slack know them."""

    person: Person
    profile: Profile


class Approvers:
    """Finds approvers for a request's opening; each vote reads its voter again.

    `permissions` is whether the account has the Permissions API.
    """

    def __init__(
        self,
        roster: Roster,
        locator: Locator,
        bindings: Bindings,
        clock: Clock,
        *,
        team_id: str,
        permissions: bool,
    ) -> None:
        self._roster = roster
        self._locator = locator
        self._bindings = bindings
        self._team_id = team_id
        self._permissions = permissions
        self._by_id = Lookups(self._member, clock)
        self._by_email = Lookups(locator.by_email, clock)

    async def count(self, request: Request) -> Count:
        """Look up one batch after the other, until more change nothing or a limit is reached."""
        search, count = await self._search(request), Count()
        special = search.candidates(request.approval.special)
        at_first = search.candidates(meant(request, timedelta()))
        others = search.candidates(meant(request))
        candidates = list(dict.fromkeys([*special, *at_first, *others]))
        for start in range(0, len(candidates), BATCH):
            if count.conclusive(request.approval, special_known=start >= len(special)):
                break
            if start >= LOOKED_AT:
                return replace(count, complete=False)
            batch = candidates[start : start + BATCH]
            found = await asyncio.gather(*(self._one(search, candidate) for candidate in batch))
            count = sum(found, count)
        return count

    async def reach(self, request: Request) -> list[str]:
        """Slack ids of people who may decide, for direct messages: at most `REACHED`."""
        return [each.user_id for each in (await self.count(request)).able[:REACHED]]

    async def known(self, request: Request, users: Collection[str]) -> tuple[Search, list[Known]]:
        """Look these Slack users up: people who may use Keysmith and whom Cloudinary knows."""
        search = await self._search(request)
        found = await asyncio.gather(*(self._known(search, user) for user in users))
        return search, [each for each in found if each]

    async def _search(self, request: Request) -> Search:
        groups = named(meant(request), ON_CALL)
        members = await asyncio.gather(*map(self._locator.members, groups))
        on_call = dict(zip(groups, members, strict=True))
        return Search(request, await self._roster.all_users(), on_call, self._permissions)

    async def _one(self, search: Search, candidate: Candidate) -> Count:
        try:
            able = await self._able(search, candidate)
        except NotAsked:
            return Count(complete=False)
        return Count((able,)) if able else Count()

    async def _able(self, search: Search, candidate: Candidate) -> Able | None:
        known = await self._known(search, candidate)
        able = search.able(known.person) if known else None
        if known is None or able is None:
            return None
        return replace(able, zone=known.profile.zone, offset=known.profile.offset)

    async def _known(self, search: Search, candidate: Candidate) -> Known | None:
        by_id = await self._by_id(candidate) if isinstance(candidate, str) else None
        user = self._user(by_id, search) if isinstance(candidate, str) else candidate
        if user is None:
            return None
        person = await self._person(search, user)
        if by_id is None and search.able(person) is None:
            return None  # Slack allows few look-ups by address: none for a person who can't vote
        profile = by_id or await self._by_email(user.email)
        if profile is None or self._user(profile, search) != user:
            return None
        if await self._stopped(Actor(self._team_id, profile.user_id), user):
            return None
        actor = replace(search.request.terms.requester, user_id=profile.user_id)
        return Known(replace(person, actor=actor), profile)

    def _user(self, profile: Profile | None, search: Search) -> CloudinaryUser | None:
        """Match a member of the workspace with a Cloudinary user, if they may use Keysmith."""
        if profile is None or admit(profile, self._team_id):
            return None
        user = match(profile.email, search.users)
        return user if isinstance(user, CloudinaryUser) else None

    async def _stopped(self, actor: Actor, user: CloudinaryUser) -> bool:
        """Whether their binding turns this person away."""
        return binding_fault(actor, user.id, await self._bindings.bound(actor, user.id)) is not None

    async def _member(self, slack_id: str) -> Profile | None:
        try:
            return await self._locator.profile(Actor(self._team_id, slack_id))
        except SlackError as error:
            if error.code in NO_MEMBER:
                return None
            raise

    async def _person(self, search: Search, user: CloudinaryUser) -> Person:
        """Read what Cloudinary knows about a user, as far as it decides; Slack is not asked yet."""
        place, roster = search.request.terms.environment_id, self._roster
        environments = None if user.all_environments else await roster.environments_of(user.id)
        unknown = Actor(self._team_id, "")
        person = Person(unknown, user.name, user.email, user.role, user.id, environments)
        if place and not person.reaches(place):
            return person
        if named(meant(search.request), GROUP):
            person = replace(person, groups=await roster.groups_of(user.id))
        if self._permissions and place:
            person = replace(person, rights=((place, await roster.key_right(user.id, place)),))
        return person


def enough(able: Sequence[Able], approval: Approval) -> bool:
    """Whether these people can reach the quorum."""
    return approval.enough([each.held for each in able])


def needed(able: Sequence[Able], approval: Approval) -> tuple[Able, ...]:
    """People without whom the others can't reach the quorum."""
    return tuple(
        each for each in able if not enough([it for it in able if it.id != each.id], approval)
    )
