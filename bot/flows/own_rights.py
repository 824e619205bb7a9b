"""In which environments Keysmith itself has no rights."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.environments import Environment
from bot.errors import CloudinaryError
from bot.flows.env_ports import Places


@dataclass(frozen=True)
class OwnRights:
    """Reads the account key's own roles; an account without roles needs none."""

    places: Places
    permissions: bool

    async def closed(self, places: Sequence[Environment]) -> frozenset[str]:
        """Ids of those in which the account key has no role; none where that is not known."""
        if not self.permissions or not places:
            return frozenset()
        try:
            own = await self.places.own_environments()
        except CloudinaryError:
            return frozenset()
        return frozenset(it.id for it in places) - own
