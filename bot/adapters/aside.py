"""Waiting for time alone, such as a Retry-After: without a place that others could use."""

import asyncio
from contextvars import ContextVar
from typing import Final, Protocol


class Place(Protocol):
    """A place in a worker that one item holds."""

    def leave(self) -> bool:
        """Let others use it; False where it is left already, or was given back."""

    async def come_back(self) -> None:
        """Wait until it is free again."""


held: Final = ContextVar[Place | None]("held", default=None)
"""The place of the item that runs; None outside a worker."""


async def wait_aside(seconds: float) -> None:
    """Sleep, without holding a place meanwhile."""
    place = held.get()
    if place is None or not place.leave():
        await asyncio.sleep(seconds)
        return
    try:
        await asyncio.sleep(seconds)
    finally:
        await place.come_back()
