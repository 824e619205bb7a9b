"""Whether the account is known to have the Permissions API, so that a downgrade is noticed."""

from typing import Final

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import PERMISSIONS
from bot.adapters.redis.steps import absent, delete, exists, set_
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.checks.cloudinary import REFUSES, Cloudinary
from bot.errors import ConfigurationError

DOWNGRADED: Final = f"{REFUSES} Nothing was started. {Cloudinary.DOWNGRADED.remedy}"


async def known_mode(store: Store) -> bool:
    """Whether a process with the account key has recorded that the account has the API."""
    return await store.text("GET", PERMISSIONS) is not None


class RedisPermissions:
    """The mode of the account, shared by every process."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def known(self) -> bool:
        """Whether the account had the Permissions API before."""
        return await known_mode(self._store)

    async def had(self) -> bool:
        """Whether the account had the API, or may have had it.

        Raises:
            Halted: Redis went back, so it can't tell before `keysmith recover`.
            StoreError: Redis did not answer.

        """
        if await self.known():
            return True
        await self._ledger.history.check()  # afterwards: a Redis that is emptied meanwhile halts
        return False

    async def prove_absent(self) -> None:
        """Act without the API only where the account never had it.

        Raises `ConfigurationError` where it had, and as `had`.
        """
        if await self.had():
            raise ConfigurationError(DOWNGRADED)

    async def remember(self, entry: Entry) -> bool:
        """Record that the account has the API; once."""
        return await self._ledger.write(entry, (set_(PERMISSIONS, "1"),), absent(PERMISSIONS))

    async def forget(self, entry: Entry) -> bool:
        """Record that an operator confirms its absence; once."""
        return await self._ledger.write(entry, (delete(PERMISSIONS),), exists(PERMISSIONS))
