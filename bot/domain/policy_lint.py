"""Findings: rules and annotations that do not work for the account's people."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import product

from bot.domain.environments import Environment, Tier
from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import Action, Decision, NeedsApproval, Question

SOMEBODY = "somebody"
"""The id of a Cloudinary user and of an environment that no rule names."""


class Trouble(StrEnum):
    """What does not work."""

    NEVER_PERMITS = "never_permits"
    PERMITS_NO_ONE = "permits_nobody"
    NAMES_NO_ONE = "names_nobody"
    STUCK = "stuck"
    ALONE = "alone"


@dataclass(frozen=True, order=True)
class Finding:
    """One finding: the rule, the names concerned, the environments concerned."""

    trouble: Trouble
    rule: str
    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permit:
    """A rule that permits, and the ids of people and environments in its text."""

    id: str
    decision: Decision
    people: frozenset[str]
    environments: frozenset[str]
    groups: frozenset[str]
    """Every text in a rule about groups: the groups are among them."""

    @property
    def named(self) -> frozenset[str]:
        """Roles, groups and people in its annotations."""
        if not isinstance(self.decision, NeedsApproval):
            return frozenset()
        parts = self.decision.approval.parts
        open_to = [part.open_to(timedelta.max) for part in parts]
        return frozenset[str]().union(*open_to, *(part.emergency for part in parts))


def imaginable(permit: Permit) -> Iterator[Question]:
    """Yield every question that a rule could be about: all its people, actions and environments."""
    ids = sorted(permit.people | {SOMEBODY})
    groups = {frozenset[str](), permit.groups}
    rights = (None, *KeyRight)
    for role, id_, member_of in product((None, *Role), ids, groups):
        for place, right in product(_places(permit), rights):
            person = asking(role, id_, member_of, right, place)
            yield from (Question(person, action, place) for action in Action)
    stranger = Person(Actor("", ""), "", "")
    for place, action in product(_places(permit), Action):
        yield Question(stranger, action, place)


def asking(
    role: Role | None, id_: str, groups: frozenset[str], right: KeyRight | None, place: Environment
) -> Person:
    """Build a Cloudinary user with access to every environment."""
    rights = ((place.id, right),) if right else None
    return Person(Actor("", ""), "", "", role, id_, None, groups, rights)


def _places(permit: Permit) -> list[Environment]:
    ids = sorted(permit.environments | {SOMEBODY})
    return [Environment(id_, tier.capitalize(), tier) for id_ in ids for tier in Tier]
