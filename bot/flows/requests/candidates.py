"""Finds the people whose votes may count on a request, those whom the policy needs most first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from bot.domain.addresses import mailbox
from bot.domain.people import Actor, CloudinaryUser, Person, Role
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import ON_CALL, holds, ineligible

PERSON = "person:"
GROUP = "group:"

Candidate = str | CloudinaryUser
"""A person whom the policy names by Slack id, or a user of the Cloudinary account."""


def named(names: Iterable[str], prefix: str) -> list[str]:
    """Ids in the names that have this prefix, in order."""
    return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def required(request: Request, waited: timedelta | None = None) -> tuple[frozenset[str], ...]:
    """Sets of names: those whose vote counts after this wait have one of each.

    The default is the longest wait: until the request expires.
    """
    longest = request.expires_at - request.asked_at
    return request.approval.open_to(longest if waited is None else waited)


def meant(request: Request, waited: timedelta | None = None) -> frozenset[str]:
    """Every name by which a person's vote may count after this wait."""
    return frozenset[str]().union(*required(request, waited))


@dataclass(frozen=True)
class Able:
    """A person whose vote would count; `held` are the names that a policy may call them by."""

    id: str
    """The mailbox: all Slack accounts and Cloudinary users with it are one person."""
    name: str
    held: frozenset[str]
    user_id: str = ""
    """At Slack; empty where it was not asked yet."""
    zone: str = ""
    offset: int | None = None
    """The time zone, as of `Profile`."""


@dataclass(frozen=True)
class Search:
    """A request and the people there are; `on_call` has Slack ids by user group."""

    request: Request
    users: Sequence[CloudinaryUser]
    on_call: Mapping[str, frozenset[str]]
    permissions: bool

    def candidates(self, names: Iterable[str]) -> list[Candidate]:
        """People whom these names may mean: named people first, then by role, then the rest."""
        called = frozenset(names)
        groups = [self.on_call.get(id_, frozenset()) for id_ in named(called, ON_CALL)]
        people = frozenset(named(called, PERSON)).union(*groups)
        any_role = named(called, GROUP) or (self.permissions and "key_roles" in called)
        active = [user for user in self.users if user.enabled and not user.pending]
        users = [user for user in active if any_role or _roles(user) & called]
        users.sort(key=lambda user: not _roles(user) & called)
        return [*sorted(people), *users]

    def able(self, person: Person, lent: frozenset[str] = frozenset()) -> Able | None:
        """Apply the rule that a vote has to pass: None if this person's would not count.

        `lent` are the names of the person for whom they would vote.
        """
        groups = [id_ for id_, ids in self.on_call.items() if person.actor.user_id in ids]
        place = self.request.terms.environment_id
        held = holds(person, place, frozenset(groups)) | lent
        if ineligible(person, held, required(self.request), self.request.terms, self.request.asker):
            return None
        return Able(mailbox(person.email), person.name, held, person.actor.user_id)


def _roles(user: CloudinaryUser) -> frozenset[str]:
    return _names_of(user.role)


@cache
def _names_of(role: Role | None) -> frozenset[str]:
    """What the rules may call people of a role; of thousands of users, there are few roles."""
    return holds(Person(Actor("", ""), "", "", role), "")
