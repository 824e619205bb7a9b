"""How cards mark an environment in which Keysmith itself has no rights."""

from collections.abc import Sequence
from typing import Final

from bot.cards.kit import Line, Text, line, msg
from bot.cards.paging import few
from bot.domain.environments import Environment

CLOSED: Final = msg("Keysmith has no rights here.")
FIX_HERE: Final = msg(
    "Give Keysmith's account key Master Admin in this environment, in the Cloudinary Console."
)
_NOWHERE: Final = msg(
    "Keysmith has no rights in {environments}, so keys may be missing here. Give its account key"
    " Master Admin there, in the Cloudinary Console."
)


def closed_in(places: Sequence[Environment]) -> Line | None:
    """Say in which environments keys may be missing from a list."""
    return closed_named([place.name for place in places])


def closed_named(places: Sequence[str]) -> Line | None:
    """Likewise, by their names."""
    names = few([Text(name) for name in places])
    return line(_NOWHERE.fill(environments=names)) if places else None
