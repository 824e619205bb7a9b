"""The facts that decide a question, and their form in Cedar.

The entities are built from `Facts` alone, so equal facts have equal answers and can share a cache
entry.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.environments import Tier
from bot.domain.people import KeyRight, Role
from bot.domain.policy import AS_IN_PRODUCTION, EVERYWHERE, GROUPS, Action, Question

UNKNOWN: Final = "unknown"
"""The id of a person without a Cloudinary user, and of an environment that is not known yet."""

Uid = dict[str, str]


@dataclass(frozen=True)
class Place:
    """An environment, and one person's access to it."""

    environment: str
    tier: Tier
    has_access: bool
    key_right: KeyRight | None


@dataclass(frozen=True)
class Facts:
    """Everything that an answer depends on; `place` is None where no environment is concerned."""

    action: Action
    person: str
    role: Role | None
    groups: frozenset[str]
    at_cloudinary: bool
    place: Place | None

    def request(self) -> dict[str, Uid]:
        """The principal, action and resource that Cedar decides about."""
        return {
            "principal": _uid("Person", self.person),
            "action": _uid("Action", self.action),
            "resource": self._resource,
        }

    def entities(self) -> str:
        """The person and the environment in Cedar's JSON format."""
        place = self.place
        attributes: dict[str, object] = {
            "at_cloudinary": self.at_cloudinary,
            "has_access": place is not None and place.has_access,
            "groups": sorted(self.groups),
        }
        if place and place.key_right:
            attributes["key_right"] = place.key_right
        roles = [_uid("Role", role) for role in sorted(self._roles())]
        person = {"uid": _uid("Person", self.person), "attrs": attributes, "parents": roles}
        tiers = [_uid("Tier", place.tier)] if place else []
        return json.dumps([person, {"uid": self._resource, "attrs": {}, "parents": tiers}])

    @property
    def _resource(self) -> Uid:
        place = self.place
        return _uid("Environment", place.environment) if place else _uid("Workspace", "slack")

    def _roles(self) -> set[str]:
        held = {"members"} | {group for group, roles in GROUPS.items() if self.role in roles}
        if self.role:
            held.add(self.role)
        # The right to view makes a key role too: the guards limit such a person to reading.
        if self.place and self.place.key_right in {KeyRight.VIEW, KeyRight.MANAGE}:
            held.add("key_roles")
        return held


def facts_of(question: Question, named: Iterable[str]) -> list[Facts]:
    """Gather the facts of a question, one `Facts` for each environment that it could be about.

    A question about a known environment, or about none, has one. Otherwise there is one for an
    imaginary environment of each tier, where the person has access and the best right that they
    have anywhere, and one for each environment that the policy names by id.
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
        return [_place(question, known.id, tier) for tier in _tiers(question, known.tier)]
    tiers = _tiers(question, *Tier)
    least_first, rights = list(KeyRight), [right for _, right in person.rights or ()]
    best = max(rights, key=least_first.index, default=KeyRight.NONE)
    creates = question.action is Action.ENV_CREATE
    right = None if person.rights is None or creates else best
    imagined = [Place(UNKNOWN, tier, has_access=True, key_right=right) for tier in tiers]
    return imagined + [_place(question, id_, tier) for id_ in named for tier in tiers]


def _tiers(question: Question, *tiers: Tier) -> tuple[Tier, ...]:
    return (Tier.PRODUCTION,) if question.action in AS_IN_PRODUCTION else tiers


def _place(question: Question, id_: str, tier: Tier) -> Place:
    """Place a person in an environment.

    One that is still to be created is for those who reach every environment; there is no right on
    keys in it yet.
    """
    person = question.person
    if question.action is Action.ENV_CREATE and not id_:
        return Place(UNKNOWN, tier, person.environments is None, None)
    return Place(id_, tier, person.reaches(id_), person.right_in(id_))


def _uid(kind: str, id_: str) -> Uid:
    return {"type": kind, "id": id_}
