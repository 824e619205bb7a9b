"""Names of new environments: free ones, which no person and no command takes for another."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Final

from bot.domain.environments import Environment
from bot.domain.names import Looks, is_hidden


class PlaceNameReason(StrEnum):
    """Why an environment can't have a name or a cloud name."""

    TAKEN = "taken"
    ALIKE = "alike"
    HIDDEN = "hidden"
    CLOUD_TAKEN = "cloud_taken"
    NO_CLOUD_NAME = "no_cloud_name"


@dataclass(frozen=True)
class PlaceNameProblem:
    """Why a name is refused, and the environment that has it or one that looks like it."""

    reason: PlaceNameReason
    other: Environment | None = None


_NOT_OF_CLOUDS: Final = re.compile("[^A-Za-z0-9]+")
_COUNTED: Final = re.compile(r"(.+?)[ -]?([0-9]{1,3})?", re.DOTALL)
_STEM: Final = 120
"""Characters of a suggested name before its number."""


def cloud_name_of(name: str) -> str:
    """Derive a cloud name from a name; empty where it has no letter or digit for one."""
    plain = unicodedata.normalize("NFKD", name)
    latin = "".join(each for each in plain if not unicodedata.combining(each))
    return _NOT_OF_CLOUDS.sub("-", latin).strip("-").lower()[:_STEM]


def name_problem(name: str, others: Iterable[Environment], looks: Looks) -> PlaceNameProblem | None:
    """Return why an environment can't get this name beside the others of the account, if so.

    Commands find an environment by its name, cloud name or id: it can't be like any of these.
    """
    if any(map(is_hidden, name)):
        return PlaceNameProblem(PlaceNameReason.HIDDEN)
    mine = looks(name)
    for other in others:
        if other.name.casefold() == name.casefold():
            return PlaceNameProblem(PlaceNameReason.TAKEN, other)
        if any(mine & looks(each) for each in (other.name, other.cloud_name, other.id)):
            return PlaceNameProblem(PlaceNameReason.ALIKE, other)
    return None


def cloud_problem(
    cloud_name: str, others: Iterable[Environment], looks: Looks
) -> PlaceNameProblem | None:
    """Do the same for a cloud name, which is free in this account at least."""
    if not cloud_name:
        return PlaceNameProblem(PlaceNameReason.NO_CLOUD_NAME)
    mine = looks(cloud_name)
    for other in others:
        if any(mine & looks(each) for each in (other.name, other.cloud_name, other.id)):
            return PlaceNameProblem(PlaceNameReason.CLOUD_TAKEN, other)
    return None


def numbered(name: str, separator: str, others: Iterable[Environment], looks: Looks) -> str:
    """Suggest the name with the next number that is free, as far as the account tells."""
    found = _COUNTED.fullmatch(name)
    stem, last = (found[1], int(found[2] or 1)) if found else (name, 1)
    taken = frozenset[str]().union(
        *(looks(each) for it in others for each in (it.name, it.cloud_name, it.id))
    )
    tried = (f"{stem[:_STEM]}{separator}{number}" for number in count(last + 1))
    return next(each for each in tried if not looks(each) & taken)
