"""Holds the policy against the people there are: which of its rules can work, and for whom."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Final, Protocol

from bot.domain.environments import Environment, Tier
from bot.domain.people import Actor, CloudinaryUser, KeyRight, Person, Role
from bot.domain.policy import Action, Approval, Decision, NeedsApproval, Question
from bot.domain.policy_lint import SOMEBODY, Finding, Permit, Trouble, asking, imaginable
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Asker, Terms
from bot.flows.lookup_cache import FixedClock, LookupCache
from bot.flows.ports import Account, Clock
from bot.flows.request_ports import Locator, Roster
from bot.flows.requests.approvers import Approvers, Count, enough, needed

MOST_GROUPS: Final = 300
"""People whose groups are read, a call each; with more, no rule is said to permit nobody."""

Demands = dict[NeedsApproval, set[Environment]]


class Rulebook(Protocol):
    """The policy, and what it is made of."""

    @property
    def permits(self) -> Sequence[Permit]:
        """Every rule that permits."""
        ...

    def decide(self, question: Question) -> Decision:
        """Answer one question."""
        ...

    def applying(self, question: Question) -> frozenset[str]:
        """Every rule that has a say in the answer."""
        ...


@dataclass(frozen=True)
class _Kind:
    """People whom the rules cannot tell apart."""

    role: Role | None
    groups: frozenset[str]
    id: str


@dataclass(frozen=True)
class Linter:
    """Looks at the rules. It only reads, and asks for each thing once in a look."""

    rules: Rulebook
    account: Account
    roster: Roster
    locator: Locator
    clock: Clock
    team_id: str
    ttl: timedelta
    permissions: bool

    async def look(self) -> tuple[Finding, ...]:
        """Find what deserves a look; may raise `CloudinaryError` or `SlackError`."""
        once = LookupCache(self.roster, self.locator)
        places = await self.account.environments()
        users = [user for user in await once.all_users() if user.enabled and not user.pending]
        reached, demands = await self._asked(await self._kinds(once, users), places)
        found = [
            finding async for finding in self._permits(reached, whole=len(users) <= MOST_GROUPS)
        ]
        still, team_id, permissions = FixedClock(self.clock.now()), self.team_id, self.permissions
        approvers = Approvers(once, once, still, team_id=team_id, permissions=permissions)
        found += [finding async for finding in self._names(approvers, places)]
        found += [finding async for finding in self._demands(approvers, demands)]
        return tuple(sorted(found))

    async def _kinds(self, once: LookupCache, users: Sequence[CloudinaryUser]) -> Collection[_Kind]:
        named = frozenset[str]().union(*(permit.people for permit in self.rules.permits))
        read = users[:MOST_GROUPS] if any(it.groups for it in self.rules.permits) else ()
        answers = await asyncio.gather(*(once.groups_of(it.id) for it in read))
        groups = dict(zip(read, answers, strict=True))
        return {
            _Kind(it.role, groups.get(it, frozenset()), it.id if it.id in named else SOMEBODY)
            for it in users
        }

    async def _asked(
        self, kinds: Collection[_Kind], places: Sequence[Environment]
    ) -> tuple[frozenset[str], Demands]:
        """Let everybody ask for everything: which rules permit, and what wants approvals where."""
        reached, demands = set[str](), defaultdict[NeedsApproval, set[Environment]](set)
        for alike in self._alike(places):
            for person, action in product(self._people(kinds, alike[0]), Action):
                question = Question(person, action, alike[0])
                reached |= self.rules.applying(question)
                decision = self.rules.decide(question)
                if isinstance(decision, NeedsApproval):
                    demands[decision] |= set(alike)
                await asyncio.sleep(0)  # others have to be served meanwhile
        return frozenset(reached), dict(demands)

    def _alike(self, places: Sequence[Environment]) -> Collection[Sequence[Environment]]:
        """Environments that the rules cannot tell apart, together."""
        named = frozenset[str]().union(*(permit.environments for permit in self.rules.permits))
        alike = defaultdict[tuple[Tier, str], list[Environment]](list)
        for place in places:
            alike[place.tier, place.id if place.id in named else ""].append(place)
        return alike.values()

    def _people(self, kinds: Collection[_Kind], place: Environment) -> list[Person]:
        rights = tuple(KeyRight) if self.permissions else (None,)
        known = [
            asking(kind.role, kind.id, kind.groups, right, place)
            for kind, right in product(kinds, rights)
        ]
        return [*known, Person(Actor("", ""), "", "")]

    async def _permits(self, reached: frozenset[str], *, whole: bool) -> AsyncIterator[Finding]:
        """Rules that permit nobody: at all, or nobody whom the account has."""
        left = {permit.id: permit for permit in self.rules.permits if permit.id not in reached}
        for permit in tuple(left.values()):
            for question in imaginable(permit):
                if permit.id not in left:
                    break
                for id_ in self.rules.applying(question) & left.keys():
                    del left[id_]
                    if whole:
                        yield Finding(Trouble.PERMITS_NOBODY, id_)
                await asyncio.sleep(0)
        for id_ in left:
            yield Finding(Trouble.NEVER_PERMITS, id_)

    async def _names(
        self, approvers: Approvers, places: Sequence[Environment]
    ) -> AsyncIterator[Finding]:
        """Names in annotations that nobody goes by who could be asked."""
        known = {
            name: await self._anybody(approvers, name, places)
            for name in sorted(frozenset[str]().union(*(it.named for it in self.rules.permits)))
        }
        for permit in self.rules.permits:
            nobody = tuple(sorted(name for name in permit.named if not known[name]))
            if nobody:
                yield Finding(Trouble.NAMES_NOBODY, permit.id, nobody)

    async def _anybody(
        self, approvers: Approvers, name: str, places: Sequence[Environment]
    ) -> bool:
        for place in places:
            required = Approval(1, (name,))
            count = await approvers.count(self._request(required, place))
            if not count.too_few(required):
                return True
        return False

    async def _demands(self, approvers: Approvers, demands: Demands) -> AsyncIterator[Finding]:
        """Requests that nobody could grant, or nobody without one certain person."""
        found = defaultdict[tuple[Trouble, str, tuple[str, ...]], list[str]](list)
        for decision, places in demands.items():
            for place in places:
                count = await approvers.count(self._request(decision.approval, place))
                trouble, names = weakness(count, decision.approval)
                if trouble:
                    found[trouble, decision.policy, names].append(place.name)
        for (trouble, rule, names), concerned in found.items():
            yield Finding(trouble, rule, names, tuple(sorted(concerned)))

    def _request(self, approval: Approval, place: Environment) -> Request:
        """A request of nobody's, for the counting of those who could agree to one."""
        now, nobody = self.clock.now(), Actor("", "")
        terms = Terms(
            Action.KEY_REQUEST,
            "",
            place.id,
            place.name,
            place.cloud_name,
            place.tier,
            "",
            "",
            nobody,
            nobody,
        )
        return Request(
            "", terms, Asker("", "", ""), approval, "", "", now, now + self.ttl, since=now
        )


def weakness(count: Count, approval: Approval) -> tuple[Trouble | None, tuple[str, ...]]:
    """Say what is wrong with these as approvers, and whom it hangs on; nothing where unsure."""
    if not count.complete:
        return None, ()
    if not enough(count.able, approval):
        return Trouble.STUCK, tuple(sorted(each.name for each in count.able))
    alone = needed(count.able, approval)
    return (Trouble.ALONE if alone else None), tuple(sorted(each.name for each in alone))
