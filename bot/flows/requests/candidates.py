"""Who might be able to agree to a request, those whom the policy needs most first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.people import Actor, CloudinaryUser, Person
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import holds, ineligible

PERSON = "person:"
ON_CALL = "oncall:"
GROUP = "group:"

Candidate = str | CloudinaryUser
"""Somebody whom the policy names by their Slack id, or a user of Cloudinary's."""


@dataclass(frozen=True)
class Able:
    """Somebody who could agree, and what a policy may call them by."""

    id: str
    """The Cloudinary user's: two Slack accounts are one person."""
    name: str
    held: frozenset[str]


@dataclass(frozen=True)
class Search:
    """What is wanted, and the people there are; `on_call` are Slack ids by user group."""

    request: Request
    users: Sequence[CloudinaryUser]
    on_call: Mapping[str, frozenset[str]]
    permissions: bool

    @property
    def required(self) -> frozenset[str]:
        """Whose word may come to count before the request expires."""
        return required(self.request)

    @property
    def by_group(self) -> bool:
        """Whether their groups at Cloudinary have a say in who fits."""
        return any(name.startswith(GROUP) for name in self.required)

    def special(self) -> list[Candidate]:
        """Those who may be one whom the quorum can't do without."""
        return self._called(frozenset(self.request.approval.of_which))

    def others(self) -> list[Candidate]:
        """Everybody else who may be one whose word counts."""
        special = set(self.special())
        return [each for each in self._called(self.required) if each not in special]

    def _called(self, names: frozenset[str]) -> list[Candidate]:
        """Those who may go by these names: first who is named, then by role, then the rest."""
        anybody = self._anybody(names)
        users = [
            user
            for user in self.users
            if user.enabled and not user.pending and (anybody or _roles(user) & names)
        ]
        users.sort(key=lambda user: not _roles(user) & names)
        return [*sorted(self._named(names)), *users]

    def _named(self, names: frozenset[str]) -> frozenset[str]:
        people = {name.removeprefix(PERSON) for name in names if name.startswith(PERSON)}
        groups = [name.removeprefix(ON_CALL) for name in names if name.startswith(ON_CALL)]
        return frozenset(people).union(*(self.on_call.get(id_, ()) for id_ in groups))

    def _anybody(self, names: frozenset[str]) -> bool:
        """Whether somebody of any role may go by one of these: by a group, or by a right."""
        by_right = self.permissions and "key_roles" in names
        return by_right or any(name.startswith(GROUP) for name in names)

    def able(self, person: Person) -> Able | None:
        """Say whether this person's word would count, by the rule that holds at the click."""
        groups = [id_ for id_, ids in self.on_call.items() if person.actor.user_id in ids]
        terms = self.request.terms
        held = holds(person, terms.environment_id, frozenset(groups))
        if ineligible(person, held, self.required, terms, self.request.asker):
            return None
        return Able(person.cloudinary_id or "", person.name, held)


def groups_on_call(request: Request) -> list[str]:
    """Ids of the Slack user groups that have a say."""
    names = required(request)
    return sorted(name.removeprefix(ON_CALL) for name in names if name.startswith(ON_CALL))


def required(request: Request) -> frozenset[str]:
    """Whose word may come to count before the request expires."""
    return request.approval.open_to(request.expires_at - request.asked_at)


def _roles(user: CloudinaryUser) -> frozenset[str]:
    return holds(Person(Actor("", ""), "", "", user.role), "")
