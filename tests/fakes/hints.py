"""Hints that a user changed, in memory: the port `Hints`."""

from datetime import datetime

from bot.errors import StoreError


class FakeHints:
    """Shared by the directories of several processes; while `away` is set, every call fails."""

    def __init__(self) -> None:
        self.away = False
        self._last: dict[str, datetime] = {}

    async def note(self, user_id: str, at: datetime) -> None:
        """Store a hint."""
        self._answer()
        self._last[user_id] = at

    async def last(self, user_id: str) -> datetime | None:
        """Read the last hint."""
        self._answer()
        return self._last.get(user_id)

    def _answer(self) -> None:
        if self.away:
            raise StoreError("away")
