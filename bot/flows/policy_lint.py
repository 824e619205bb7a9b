"""Checks the policy against the account's people: which rules can work, and for whom."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Final, Protocol

from bot.domain.environments import NOWHERE, Environment, Tier
from bot.domain.people import Actor, CloudinaryUser, KeyRight, Person, Role
from bot.domain.policy import EVERYWHERE, Action, Approval, Decision, NeedsApproval, Question
from bot.domain.policy_lint import SOMEBODY, Finding, Permit, Trouble, asking, imaginable
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Asker, Terms
from bot.flows.lookup_cache import FixedClock, LookupCache
from bot.flows.ports import Account, Bindings, Clock
from bot.flows.request_ports import Locator, Roster
from bot.flows.requests.approvers import Approvers, Count, enough, needed

MOST_GROUPS: Final = 300
"""Users whose groups are read, a call each. With more, no rule is reported as permitting no one."""

Environments = Sequence[Environment]
Kind = tuple[Role | None, str, frozenset[str]]
"""Role, id and groups of people whom the rules cannot distinguish."""
Demands = dict[NeedsApproval, set[Environment]]
"""Which approvals are needed, and where."""


class Rulebook(Protocol):
    """The policy and its rules."""

    @property
    def permits(self) -> Sequence[Permit]:
        """Every rule that permits."""

    def decide(self, question: Question) -> Decision:
        """Answer one question."""

    def applying(self, question: Question) -> frozenset[str]:
        """Ids of the rules that determine the answer."""


@dataclass(frozen=True)
class Linter:
    """Looks for findings. It only reads, and asks for each thing once in a look."""

    rules: Rulebook
    account: Account
    roster: Roster
    locator: Locator
    bindings: Bindings
    clock: Clock
    team_id: str
    ttl: timedelta
    permissions: bool

    async def look(self) -> tuple[Finding, ...]:
        """Return the findings; may raise `CloudinaryError`, `SlackError` or `StoreError`."""
        cache, clock = LookupCache(self.roster, self.locator), FixedClock(self.clock.now())
        places = await self.account.environments()
        users = [user for user in await cache.all_users() if user.enabled and not user.pending]
        reached, demands = await self._answers(await self._kinds(cache, users), places)
        team_id, permissions = self.team_id, self.permissions
        approvers = Approvers(
            cache, cache, self.bindings, clock, team_id=team_id, permissions=permissions
        )
        whole = len(users) <= MOST_GROUPS
        found = [finding async for finding in self._permits(reached, whole=whole)]
        found += [finding async for finding in self._names(approvers, places)]
        found += [finding async for finding in self._demands(approvers, demands)]
        return tuple(sorted(found))

    async def _kinds(self, cache: LookupCache, users: Sequence[CloudinaryUser]) -> set[Kind]:
        named = frozenset[str]().union(*(permit.people for permit in self.rules.permits))
        read = users[:MOST_GROUPS] if any(it.groups for it in self.rules.permits) else ()
        answers = await asyncio.gather(*(cache.groups_of(it.id) for it in read))
        groups = dict(zip(read, answers, strict=True))
        return {
            (it.role, it.id if it.id in named else SOMEBODY, groups.get(it, frozenset()))
            for it in users
        }

    async def _answers(
        self, kinds: Collection[Kind], places: Environments
    ) -> tuple[frozenset[str], Demands]:
        """Ask for every person and action: which rules permit, and which approvals are needed."""
        reached, demands = set[str](), defaultdict[NeedsApproval, set[Environment]](set)
        for alike in self._alike(places):
            for person, action in product(self._people(kinds, alike[0]), Action):
                question = Question(person, action, alike[0])
                reached |= self.rules.applying(question)
                decision = self.rules.decide(question)
                if isinstance(decision, NeedsApproval):
                    demands[decision] |= {NOWHERE} if action in EVERYWHERE else set(alike)
                await asyncio.sleep(0)  # the event loop serves people meanwhile
        return frozenset(reached), dict(demands)

    def _alike(self, places: Environments) -> Collection[Environments]:
        """Group the environments that the rules cannot distinguish."""
        named = frozenset[str]().union(*(permit.environments for permit in self.rules.permits))
        alike = defaultdict[tuple[Tier, str], list[Environment]](list)
        for place in places:
            alike[place.tier, place.id if place.id in named else ""].append(place)
        return alike.values()

    def _people(self, kinds: Collection[Kind], place: Environment) -> list[Person]:
        rights = tuple(KeyRight) if self.permissions else (None,)
        known = [asking(*kind, right, place) for kind, right in product(kinds, rights)]
        return [*known, Person(Actor("", ""), "", "")]

    async def _permits(self, reached: frozenset[str], *, whole: bool) -> AsyncIterator[Finding]:
        """Find rules that permit no one: no one in the account, or no one imaginable."""
        left = {permit.id: permit for permit in self.rules.permits if permit.id not in reached}
        for permit in tuple(left.values()):
            for question in imaginable(permit):
                if permit.id not in left:
                    break
                for id_ in self.rules.applying(question) & left.keys():
                    del left[id_]
                    if whole:
                        yield Finding(Trouble.PERMITS_NO_ONE, id_)
                await asyncio.sleep(0)
        for id_ in left:
            yield Finding(Trouble.NEVER_PERMITS, id_)

    async def _names(self, approvers: Approvers, places: Environments) -> AsyncIterator[Finding]:
        """Find annotation names that match no reachable approver."""
        named = frozenset[str]().union(*(permit.named for permit in self.rules.permits))
        empty = {name for name in sorted(named) if not await self._matches(approvers, name, places)}
        for permit in self.rules.permits:
            if names := tuple(sorted(permit.named & empty)):
                yield Finding(Trouble.NAMES_NO_ONE, permit.id, names)

    async def _matches(self, approvers: Approvers, name: str, places: Environments) -> bool:
        """Whether a name may match an approver in one of the environments."""
        one = Approval(1, (name,))
        for place in places:
            count = await approvers.count(self._request(one, place))
            if not count.too_few(one):
                return True
        return False

    async def _demands(self, approvers: Approvers, demands: Demands) -> AsyncIterator[Finding]:
        """Find approvals that can't be reached, or only with one certain person."""
        found = defaultdict[tuple[Trouble, str, tuple[str, ...]], list[str]](list)
        for decision, places in demands.items():
            for place in places:
                count = await approvers.count(self._request(decision.approval, place))
                trouble, names = weakness(count, decision.approval)
                if trouble:
                    found[trouble, decision.policy, names].append(place.name)
        for (trouble, rule, names), concerned in found.items():
            yield Finding(trouble, rule, names, tuple(sorted(filter(None, concerned))))

    def _request(self, approval: Approval, place: Environment) -> Request:
        """Build a request with no requester, to count its approvers."""
        now, unknown = self.clock.now(), Actor("", "")
        environment = (place.id, place.name, place.cloud_name, place.tier)
        terms = Terms(Action.KEY_REQUEST, "", *environment, "", "", unknown, unknown)
        ends = now + self.ttl
        return Request("", terms, Asker("", "", ""), approval, "", "", now, ends, since=now)


def weakness(count: Count, approval: Approval) -> tuple[Trouble | None, tuple[str, ...]]:
    """Return what is wrong with these approvers, and whom it concerns; None if that is unknown."""
    if not count.complete:
        return None, ()
    if not enough(count.able, approval):
        return Trouble.STUCK, tuple(sorted(each.name for each in count.able))
    alone = needed(count.able, approval)
    return (Trouble.ALONE if alone else None), tuple(sorted(each.name for each in alone))
