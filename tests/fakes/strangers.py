"""Strangers at links in memory: the port `Strangers`. The contract also runs on Redis."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.audit import Entry
from bot.domain.people import Actor
from bot.domain.requests.notifications import Notification, Told


@dataclass
class FakeStrangers:
    """`told` has the notifications, `entries` is the audit log."""

    told: list[Notification] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    _known: set[tuple[str, Actor]] = field(default_factory=set)

    async def tell(
        self, about: str, stranger: Actor, entry: Entry, told: Callable[[int], Told]
    ) -> bool:
        """Record and tell it, once for each link and person."""
        if (about, stranger) in self._known:
            return False
        self._known.add((about, stranger))
        self.entries.append(entry)
        self.told += told(sum(each == about for each, _ in self._known))
        return True
