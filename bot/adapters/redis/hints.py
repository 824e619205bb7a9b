"""Hints of Slack's that a user changed, so that every process forgets what it keeps of them."""

from datetime import UTC, datetime

from bot.adapters.redis.names import user_changed
from bot.adapters.redis.store import Store
from bot.flows.directory import LISTED_FOR


class RedisHints:
    """The hints of every process that shares this Redis; they expire with what they concern."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, user_id: str, at: datetime) -> None:
        """Store that a user changed; the last hint counts."""
        lasts = str(int(LISTED_FOR.total_seconds()))
        await self._store.call("SET", user_changed(user_id), str(at.timestamp()), "EX", lasts)

    async def last(self, user_id: str) -> datetime | None:
        """Read when the user changed last; None for no recent change."""
        found = await self._store.text("GET", user_changed(user_id))
        return datetime.fromtimestamp(float(found), UTC) if found else None
