"""Who could agree to a request: fit by Cloudinary's word, and to be asked at Slack."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.people import Actor, CloudinaryUser, Person, Profile, admit, match
from bot.domain.policy import Approval
from bot.domain.requests.machine import Request
from bot.errors import SlackError
from bot.flows.ports import Clock
from bot.flows.request_ports import Locator, Roster
from bot.flows.requests.candidates import Able, Candidate, Search, groups_on_call
from bot.flows.requests.lookups import Lookups, NotAsked

BATCH: Final = 20
"""Candidates looked at side by side."""
LOOKED_AT: Final = 100
"""Candidates whose access, groups and rights are read for one request, a few calls each."""
NO_MEMBER: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""Slack's words for an id that nobody has whom the bot could ask."""


@dataclass(frozen=True)
class Count:
    """Those who could agree, as many as matter.

    `complete` says that everybody else was looked at too, or could change nothing: only then are
    too few found too few.
    """

    able: tuple[Able, ...] = ()
    complete: bool = True

    def __add__(self, other: "Count") -> "Count":
        found = {each.id: each for each in (*other.able, *self.able)}
        return Count(tuple(found.values()), self.complete and other.complete)

    def settled(self, approval: Approval, *, special_known: bool) -> bool:
        """Whether more people would change nothing: the quorum hangs on no one of these.

        Where all are known whom it can't do without, more of the others would not help it.
        """
        comfortable = enough(self.able, approval) and not needed(self.able, approval)
        known = special_known and self.complete
        return comfortable or (known and len(self.able) > approval.quorum)

    def too_few(self, approval: Approval) -> bool:
        """Whether it is certain that the quorum can't be reached."""
        return self.complete and not enough(self.able, approval)


class Approvers:
    """Finds them; who they are at the click is read again then.

    `permissions` says that the account has the Permissions API.
    """

    def __init__(
        self, roster: Roster, locator: Locator, clock: Clock, *, team_id: str, permissions: bool
    ) -> None:
        self._roster = roster
        self._locator = locator
        self._team_id = team_id
        self._permissions = permissions
        self._by_id = Lookups(self._member, clock)
        self._by_email = Lookups(locator.by_email, clock)

    async def count(self, request: Request) -> Count:
        """Look at one batch after the other, until more would change nothing or a limit is met."""
        search = await self._search(request)
        special, count = search.special(), Count()
        candidates = [*special, *search.others()]
        for start in range(0, len(candidates), BATCH):
            if count.settled(request.approval, special_known=start >= len(special)):
                break
            if start >= LOOKED_AT:
                return replace(count, complete=False)
            count += await self._look(search, candidates[start : start + BATCH])
        return count

    async def _search(self, request: Request) -> Search:
        groups = groups_on_call(request)
        members = await asyncio.gather(*map(self._locator.members, groups))
        on_call = dict(zip(groups, members, strict=True))
        return Search(request, await self._roster.all_users(), on_call, self._permissions)

    async def _look(self, search: Search, batch: Sequence[Candidate]) -> Count:
        counts = await asyncio.gather(*(self._one(search, candidate) for candidate in batch))
        return sum(counts, Count())

    async def _one(self, search: Search, candidate: Candidate) -> Count:
        try:
            able = await self._able(search, candidate)
        except NotAsked:
            return Count(complete=False)
        return Count((able,)) if able else Count()

    async def _able(self, search: Search, candidate: Candidate) -> Able | None:
        if isinstance(candidate, str):
            return await self._named(search, candidate)
        return await self._listed(search, candidate)

    async def _named(self, search: Search, slack_id: str) -> Able | None:
        profile = await self._by_id(slack_id)
        user = self._behind(profile, search) if profile else None
        if profile is None or user is None:
            return None
        person = await self._person(search, user)
        return search.able(replace(person, actor=_actor(search, profile)))

    async def _listed(self, search: Search, user: CloudinaryUser) -> Able | None:
        person = await self._person(search, user)
        if search.able(person) is None:  # so there is no need to look for them at Slack
            return None
        profile = await self._by_email(user.email)
        if profile is None or self._behind(profile, search) != user:
            return None
        return search.able(replace(person, actor=_actor(search, profile)))

    def _behind(self, profile: Profile, search: Search) -> CloudinaryUser | None:
        """The Cloudinary user whom this member would decide as, if they may act at all."""
        user = None if admit(profile, self._team_id) else match(profile.email, search.users)
        return user if isinstance(user, CloudinaryUser) else None

    async def _member(self, slack_id: str) -> Profile | None:
        try:
            return await self._locator.profile(Actor(self._team_id, slack_id))
        except SlackError as error:
            if error.code in NO_MEMBER:
                return None
            raise

    async def _person(self, search: Search, user: CloudinaryUser) -> Person:
        """Read what Cloudinary says of them that has a say here; Slack has not been asked."""
        place, roster = search.request.terms.environment_id, self._roster
        environments = None if user.all_environments else await roster.environments_of(user.id)
        nobody = Actor(self._team_id, "")
        person = Person(nobody, user.name, user.email, user.role, user.id, environments)
        if not person.reaches(place):
            return person
        if search.by_group:
            person = replace(person, groups=await roster.groups_of(user.id))
        if self._permissions:
            person = replace(person, rights=((place, await roster.key_right(user.id, place)),))
        return person


def _actor(search: Search, profile: Profile) -> Actor:
    return replace(search.request.terms.requester, user_id=profile.user_id)


def enough(able: Sequence[Able], approval: Approval) -> bool:
    """Whether these could reach the quorum."""
    special = frozenset(approval.of_which)
    return len(able) >= approval.quorum and (
        not special or any(each.held & special for each in able)
    )


def needed(able: Sequence[Able], approval: Approval) -> tuple[Able, ...]:
    """Those without whom the others could not reach it."""
    return tuple(
        each for each in able if not enough([it for it in able if it.id != each.id], approval)
    )
