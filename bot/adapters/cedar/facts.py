"""The facts that decide a question, and how Cedar sees them.

The entities are built from `Facts` and from nothing else, so equal facts mean an equal answer.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.environments import Tier
from bot.domain.people import KeyRight, Person, Role
from bot.domain.policy import EVERYWHERE, GROUPS, Action, Question

UNKNOWN: Final = "unknown"
"""The id of a person whom Cloudinary does not know, and of an environment not known yet."""

Uid = dict[str, str]


@dataclass(frozen=True)
class Place:
    """An environment as one person meets it."""

    environment: str
    tier: Tier
    has_access: bool
    key_right: KeyRight | None


@dataclass(frozen=True)
class Facts:
    """All that an answer depends on; `place` is None where no environment is concerned."""

    action: Action
    person: str
    role: Role | None
    groups: frozenset[str]
    at_cloudinary: bool
    place: Place | None

    def request(self) -> dict[str, Uid]:
        """Who asks for what, and where."""
        return {
            "principal": _uid("Person", self.person),
            "action": _uid("Action", self.action),
            "resource": self._resource,
        }

    def entities(self) -> str:
        """The asker and the environment, in Cedar's JSON format."""
        asker = {
            "uid": _uid("Person", self.person),
            "attrs": self._attributes(),
            "parents": [_uid("Role", role) for role in sorted(self._roles())],
        }
        tiers = [_uid("Tier", self.place.tier)] if self.place else []
        return json.dumps([asker, {"uid": self._resource, "attrs": {}, "parents": tiers}])

    @property
    def _resource(self) -> Uid:
        if self.place is None:
            return _uid("Workspace", "slack")
        return _uid("Environment", self.place.environment)

    def _attributes(self) -> dict[str, object]:
        place = self.place
        known: dict[str, object] = {
            "at_cloudinary": self.at_cloudinary,
            "has_access": place is not None and place.has_access,
            "groups": sorted(self.groups),
        }
        return known | ({"key_right": place.key_right} if place and place.key_right else {})

    def _roles(self) -> set[str]:
        held = {"members"} | {group for group, roles in GROUPS.items() if self.role in roles}
        if self.role:
            held.add(self.role)
        # Whoever may only view is a key role too: the guards let them look and no more.
        if self.place and self.place.key_right in {KeyRight.VIEW, KeyRight.MANAGE}:
            held.add("key_roles")
        return held


def facts_of(question: Question, named: Iterable[str]) -> list[Facts]:
    """Gather the facts of a question, for each environment that it could be about.

    That is one, where the environment is known or none is concerned. Else it is an imaginary
    environment of each tier, where the person has access and the best right that they have
    anywhere, and those that the policy names by their ids.
    """
    person = question.person
    return [
        Facts(
            action=question.action,
            person=person.cloudinary_id or UNKNOWN,
            role=person.role,
            groups=person.groups,
            at_cloudinary=person.cloudinary_id is not None,
            place=place,
        )
        for place in _places(question, named)
    ]


def _places(question: Question, named: Iterable[str]) -> list[Place] | list[None]:
    person, known = question.person, question.environment
    if question.action in EVERYWHERE:
        return [None]
    if known:
        return [_met(person, known.id, known.tier)]
    imagined = [Place(UNKNOWN, tier, has_access=True, key_right=_best(person)) for tier in Tier]
    return imagined + [_met(person, id_, tier) for id_ in named for tier in Tier]


def _met(person: Person, id_: str, tier: Tier) -> Place:
    return Place(id_, tier, person.reaches(id_), person.right_in(id_))


def _best(person: Person) -> KeyRight | None:
    if person.rights is None:
        return None
    order = list(KeyRight)
    return max((right for _, right in person.rights), key=order.index, default=KeyRight.NONE)


def _uid(kind: str, id_: str) -> Uid:
    return {"type": kind, "id": id_}
