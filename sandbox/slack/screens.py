"""Change notices to people's open clients, and Slack's own short notices (toasts)."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sandbox.slack.payload import Payload

_KEPT_TOASTS = 5

Changes = asyncio.Queue[Payload | None]


@dataclass
class Screens:
    """The open clients of each person, and their toasts; a None in a queue ends its stream."""

    clock: Callable[[], float]
    open: dict[str, set[Changes]] = field(default_factory=lambda: defaultdict(set))
    toasts: dict[str, deque[Payload]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=_KEPT_TOASTS))
    )

    @asynccontextmanager
    async def watch(self, user: str) -> AsyncIterator[Changes]:
        """Yield the queue of changes to one client of a person."""
        changes: Changes = asyncio.Queue()
        self.open[user].add(changes)
        try:
            yield changes
        finally:
            self.open[user].discard(changes)

    def changed(self, users: Iterable[str], channel: str | None = None) -> None:
        """Tell people's clients that a channel or their modal changed."""
        for user in users:
            for changes in self.open.get(user, ()):
                changes.put_nowait({"type": "changed", "channel": channel})

    def toast(self, user: str, error: str, text: str) -> None:
        """Show one of Slack's own notices."""
        self.toasts[user].append({"error": error, "text": text, "at": self.clock()})
        self.changed([user])

    def forget(self, user: str) -> None:
        """Drop a person's notices."""
        self.toasts.pop(user, None)

    def reset(self) -> None:
        """Drop every notice, and tell every client."""
        self.toasts.clear()
        self.changed(list(self.open))

    def close(self) -> None:
        """End every stream."""
        for changes in (queue for queues in self.open.values() for queue in queues):
            changes.put_nowait(None)
