"""Whether the account is known to have the Permissions API, so that a downgrade is noticed."""

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import PERMISSIONS
from bot.adapters.redis.steps import absent, delete, exists, set_
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry


class RedisPermissions:
    """The mode of the account, shared by every process."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def known(self) -> bool:
        """Whether the account had the Permissions API before."""
        return await self._store.text("GET", PERMISSIONS) is not None

    async def remember(self, entry: Entry) -> bool:
        """Record that the account has the API; once."""
        return await self._ledger.write(entry, (set_(PERMISSIONS, "1"),), absent(PERMISSIONS))

    async def forget(self, entry: Entry) -> bool:
        """Record that an operator confirms its absence; once."""
        return await self._ledger.write(entry, (delete(PERMISSIONS),), exists(PERMISSIONS))
