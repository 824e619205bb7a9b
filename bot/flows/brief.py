"""The account as it was some seconds ago: enough for what forms offer and check, and never to act.

Each keystroke in a menu asks again, and Cloudinary counts calls; so menus of all people share this.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.errors import CloudinaryError
from bot.flows import reads
from bot.flows.directory import Shared
from bot.flows.ports import AccountReader, Clock

KEPT_FOR: Final = timedelta(seconds=20)
EACH: Final = timedelta(seconds=1)
"""What each environment adds to that: menus cost one call a second at most, in any account."""
SERVED_FOR: Final = timedelta(minutes=10)
"""How long keys are offered where newer ones were not read in time."""


@dataclass
class BriefAccount:
    """Environments and keys, each read once in a time; `forget` reads them again.

    A person who reaches hundreds of environments has them read a few at a time, and longer kept.
    """

    account: AccountReader
    clock: Clock
    _places: tuple[datetime, list[Environment]] | None = field(default=None, init=False)
    _keys: dict[str, tuple[datetime, list[Key]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._reading = Shared(self._read)
        self._slots = asyncio.Semaphore(reads.AT_ONCE)

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        if self._places is None or self._older(self._places[0], KEPT_FOR):
            self._places = (self.clock.now(), await self.account.environments())
        return self._places[1]

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""
        kept = self._keys.get(environment_id)
        if kept and not self._older(kept[0], max(KEPT_FOR, EACH * len(self._keys))):
            return kept[1]
        return await self._reading(environment_id)

    async def keys_soon(self, environment_id: str, seconds: float) -> list[Key]:
        """The same, or what was read earlier, if the account fails or takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.keys(environment_id)
        except (CloudinaryError, TimeoutError):
            kept = self._keys.get(environment_id)
            return kept[1] if kept and not self._older(kept[0], SERVED_FOR) else []

    async def _read(self, environment_id: str) -> list[Key]:
        """Read keys, and keep them also where the one who asked no longer waits."""
        async with self._slots:
            began = self.clock.now()
            keys = await self.account.keys(environment_id)
        kept = self._keys.items()
        self._keys = {id_: it for id_, it in kept if not self._older(it[0], SERVED_FOR)}
        self._keys[environment_id] = (began, keys)
        return keys

    def forget(self) -> None:
        """Read everything again."""
        self._places = None
        self._keys.clear()

    def _older(self, at: datetime, than: timedelta) -> bool:
        return self.clock.now() - at > than
