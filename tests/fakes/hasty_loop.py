"""An event loop that skips waiting: its time jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any


class _Hasty(selectors.BaseSelector):
    """Never waits; adds up the seconds that it skipped."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.skipped = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.skipped += timeout or 0.0
        return self._real.select(0 if timeout is not None else None)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class HastyLoop(asyncio.SelectorEventLoop):
    """Use it with `asyncio.Runner(loop_factory=HastyLoop)`, for code without real I/O."""

    def __init__(self) -> None:
        self._hasty = _Hasty()
        super().__init__(self._hasty)

    def time(self) -> float:
        """Give the real time plus the skipped time, in seconds."""
        return super().time() + self._hasty.skipped
