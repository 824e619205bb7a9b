"""What the response to leaks needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.environments import Environment
from bot.domain.incidents import Incident
from bot.domain.leaks import Pair
from bot.domain.requests.notifications import Notification
from bot.flows.ports import Done


class Incidents(Protocol):
    """Stored incidents, by API key. May raise `StoreError`."""

    async def load(self, api_key: str) -> Incident | None:
        """Read one; None if there is none, or it is not believed."""

    async def write(
        self,
        before: Incident | None,
        after: Incident,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        done: Done | None = None,
    ) -> bool:
        """Write one with its next look, unless it is no longer `before`.

        `done` is the last change of its key, stored in the same step.
        """

    async def due(self, now: datetime, most: int) -> list[Incident]:
        """List those that are due by now, the longest due first."""

    async def postpone(self, api_key: str, until: datetime) -> None:
        """Look again then, unless it was settled meanwhile."""

    async def place(self, api_key: str, card: str) -> None:
        """Store where its message is."""


class Marks(Protocol):
    """Keyed hashes of pairs."""

    def mark(self, pair: Pair) -> str:
        """Mark a pair. May raise `StoreError`."""

    def is_of(self, mark: str, pair: Pair) -> bool:
        """Whether a mark is one of this pair. May raise `Unread`."""


class LeakRules(Protocol):
    """What the policy says about leaks."""

    def disables_leaked(self, environment: Environment) -> bool:
        """Whether Keysmith disables a leaked key there at once, and a person reviews it."""
