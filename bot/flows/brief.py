"""The account as it was some seconds ago: enough for what forms offer and check, and never to act.

Each keystroke in a menu asks again, and Cloudinary counts calls; so menus of all people share this.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.errors import CloudinaryError, Forbidden
from bot.flows import reads
from bot.flows.directory import Shared
from bot.flows.ports import AccountReader, Clock

KEPT_FOR: Final = timedelta(seconds=20)
EACH: Final = timedelta(seconds=1)
"""What each environment adds to that: menus cost one call a second at most, in any account."""
SERVED_FOR: Final = timedelta(minutes=10)
"""How long keys are offered where newer ones were not read in time."""


T = TypeVar("T")


class Kept(Generic[T]):
    """One answer, used for some seconds; those who ask meanwhile share one call.

    The call goes on, and its answer is kept, where the one who asked no longer waits.
    """

    def __init__(self, ask: Callable[[], Awaitable[T]], clock: Clock) -> None:
        self._ask, self._clock = ask, clock
        self._last: tuple[datetime, T] | None = None
        self._asking = Shared(self._read)

    async def __call__(self) -> T:
        """Give the answer, or ask."""
        if self._last and self._clock.now() - self._last[0] <= KEPT_FOR:
            return self._last[1]
        return await self._asking(None)

    async def _read(self, _: None) -> T:
        began = self._clock.now()
        answer = await self._ask()
        self._last = (began, answer)
        return answer

    def forget(self) -> None:
        """Ask again."""
        self._last = None
        self._asking.forget(lambda _: True)


@dataclass
class BriefAccount:
    """Environments and keys, each read once in a time; `forget` reads them again.

    A person who reaches hundreds of environments has them read a few at a time, and longer kept.
    """

    account: AccountReader
    clock: Clock
    _keys: dict[str, tuple[datetime, list[Key]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._places = Kept(self.account.environments, self.clock)
        self._reading = Shared(self._read)
        self._slots = asyncio.Semaphore(reads.AT_ONCE)

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        return await self._places()

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""
        kept = self._fresh(environment_id)
        return await self._reading(environment_id) if kept is None else kept

    async def keys_soon(
        self, ids: Sequence[str], seconds: float, enough: int = 0
    ) -> dict[str, list[Key] | None]:
        """The same for several, or what was read earlier, if the account fails or takes longer.

        None where there is neither. With `enough`, it waits a third of the time for the others
        where there are so many keys by then.
        """
        kept = {id_: self._fresh(id_) for id_ in ids}
        reading = {id_: self._reading.start(id_) for id_ in ids if kept[id_] is None}
        first = seconds / 3 if enough else seconds
        for left in (first, seconds - first):
            waiting = [each for each in reading.values() if not each.done()]
            if waiting and not 0 < enough <= sum(len(each or ()) for each in kept.values()):
                await asyncio.wait(waiting, timeout=left)
            kept |= {id_: self._so_far(id_, task) for id_, task in reading.items()}
        return kept

    def _fresh(self, environment_id: str) -> list[Key] | None:
        kept = self._keys.get(environment_id)
        lasts = max(KEPT_FOR, EACH * len(self._keys))
        return kept[1] if kept and not self._older(kept[0], lasts) else None

    def _so_far(self, environment_id: str, reading: asyncio.Task[list[Key]]) -> list[Key] | None:
        error = reading.exception() if reading.done() else TimeoutError()
        if error is None:
            return reading.result()
        if isinstance(error, Forbidden):  # Keysmith may not read them, now or later
            return []
        if not isinstance(error, CloudinaryError | TimeoutError):
            raise error
        kept = self._keys.get(environment_id)
        return kept[1] if kept and not self._older(kept[0], SERVED_FOR) else None

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
        self._places.forget()
        self._keys.clear()

    def _older(self, at: datetime, than: timedelta) -> bool:
        return self.clock.now() - at > than
