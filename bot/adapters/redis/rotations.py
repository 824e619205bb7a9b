"""Which rotation runs for a key: a pointer for the old key, and one for its successor.

A pointer has no proof of its own: it is believed as far as the request that it names, which says
itself which key it rotates.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from bot.adapters.redis import names
from bot.adapters.redis.steps import Guard, Write, absent, delete, equals, set_
from bot.adapters.redis.store import Store
from bot.domain.requests.machine import Request


def pointed_at(request: Request) -> tuple[str, ...]:
    """The API keys that a rotation concerns; none for another request."""
    ids = (request.terms.key, request.made) if request.rotation else ()
    return tuple(filter(None, ids))


def pointing(before: Request | None, after: Request) -> Iterator[Write]:
    """Build the writes of a change of a request: a rotation that is over frees its keys, once."""
    if after.rotates:
        yield from (set_(names.rotation(each), after.id) for each in pointed_at(after))
    elif before and before.rotates:
        yield from (delete(names.rotation(each)) for each in pointed_at(after))


@dataclass(frozen=True)
class Rotations:
    """Reads them; `load` reads a request by its own record."""

    store: Store
    load: Callable[[str], Awaitable[Request | None]]

    async def of(self, api_key: str) -> Request | None:
        """Find the rotation of a key that is not over."""
        request_id = await self.store.text("GET", names.rotation(api_key))
        found = await self.load(request_id) if request_id else None
        return found if found and found.rotates and api_key in pointed_at(found) else None

    async def room(self, request: Request) -> tuple[Guard, ...] | Request:
        """Require that no other rotation begins before this one is stored, or give the other."""
        if request.rotation is None:
            return ()
        pointer = names.rotation(request.terms.key)
        stale = await self.store.text("GET", pointer)
        running = await self.of(request.terms.key)
        return running or ((equals(pointer, stale),) if stale else (absent(pointer),))
