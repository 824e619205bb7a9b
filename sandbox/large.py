"""A large account, the same each time: what a company of thousands has at Cloudinary.

The company's own environments, keys and people come first; all others are made up from numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from typing import Final, get_args

from sandbox.at_cloudinary import ENVIRONMENTS, GROUPS, KEYS, USERS, Environment, Key, Role, User
from sandbox.company import DOMAIN

STAGES: Final = ("production", "staging", "development")
PURPOSES: Final = ("web", "ci", "mobile", "mailer", "importer", "proxy", "reports", "tests")
REACHED: Final = 3
"""Environments that most users have access to."""
EVERYWHERE: Final = 20
"""One user of so many reaches every environment."""
INVITED: Final = 50
"""One user of so many has not accepted the invitation."""


@dataclass(frozen=True)
class Seed:
    """What an account has at first."""

    environments: tuple[Environment, ...] = ENVIRONMENTS
    keys: tuple[Key, ...] = KEYS
    users: tuple[User, ...] = USERS
    groups: tuple[str, ...] = GROUPS


COMPANY: Final = Seed()
"""The company's own account, which is small."""


@dataclass(frozen=True)
class Size:
    """How much a large account has of everything."""

    environments: int = 200
    keys: int = 5_000
    users: int = 2_000
    groups: int = 60


def large(size: Size) -> Seed:
    """Build an account of a size, around the company's own."""
    environments = ENVIRONMENTS + tuple(
        map(_environment, range(size.environments - len(ENVIRONMENTS)))
    )
    added = environments[len(ENVIRONMENTS) :]
    roots = tuple(Key(each.id, None, each.created_days_ago, root=True) for each in added)
    keys = KEYS + roots
    groups = GROUPS + tuple(f"Team {number + 1}" for number in range(size.groups - len(GROUPS)))
    return Seed(
        environments,
        keys + tuple(islice(_keys(environments), size.keys - len(keys))),
        USERS + tuple(_user(n, environments, groups) for n in range(size.users - len(USERS))),
        groups,
    )


def _environment(number: int) -> Environment:
    stage, brand = STAGES[number % len(STAGES)], number // len(STAGES) + 1
    named = (f"Brand {brand} {stage}", f"lumen-brand-{brand}-{stage}")
    return Environment(f"e{number:029x}", *named, created_days_ago=1_200 - 5 * number)


def _keys(environments: tuple[Environment, ...]) -> Iterator[Key]:
    """Give one key after the other, one environment after the other; each has its own age."""
    names = (f"{purpose}-{series}" for series in count(1) for purpose in PURPOSES)
    for number, name in enumerate(names):
        for at, place in enumerate(environments):
            age = 1 + (number * 7 + at) % 900
            yield Key(place.id, name, age, enabled=(number + age) % 10 != 0)


def _user(number: int, environments: tuple[Environment, ...], groups: tuple[str, ...]) -> User:
    name = f"Person {number + 1}"
    roles: tuple[Role, ...] = get_args(Role)[1:]
    at = number % len(environments)
    reached = tuple(each.id for each in islice(cycle(environments), at, at + REACHED))
    return User(
        f"a{number:029x}",
        name,
        f"person.{number + 1}@{DOMAIN}",
        roles[number % len(roles)],
        environments=None if number % EVERYWHERE == 0 else reached,
        groups=(groups[number % len(groups)],),
        pending=number % INVITED == 1,
    )
