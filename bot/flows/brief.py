"""The account as it was some seconds ago: enough for what forms offer and check, and never to act.

Each keystroke in a menu asks again, and Cloudinary counts calls; so menus of all people share this.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.flows.directory import Shared
from bot.flows.ports import AccountReader, Clock

KEPT_FOR: Final = timedelta(seconds=20)


@dataclass
class BriefAccount:
    """Environments and keys, each read once within `KEPT_FOR`; `forget` reads them again."""

    account: AccountReader
    clock: Clock
    _places: tuple[datetime, list[Environment]] | None = field(default=None, init=False)
    _keys: dict[str, tuple[datetime, list[Key]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._reading = Shared(self._read)

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        if self._places is None or self._old(self._places[0]):
            self._places = (self.clock.now(), await self.account.environments())
        return self._places[1]

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""
        kept = self._keys.get(environment_id)
        return (
            await self._reading(environment_id) if kept is None or self._old(kept[0]) else kept[1]
        )

    async def _read(self, environment_id: str) -> list[Key]:
        """Read keys, and keep them also where the one who asked no longer waits."""
        began = self.clock.now()
        keys = await self.account.keys(environment_id)
        self._keys = {id_: it for id_, it in self._keys.items() if not self._old(it[0])}
        self._keys[environment_id] = (began, keys)
        return keys

    def forget(self) -> None:
        """Read everything again."""
        self._places = None
        self._keys.clear()

    def _old(self, at: datetime) -> bool:
        return self.clock.now() - at > KEPT_FOR
