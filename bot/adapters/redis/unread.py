"""Reports of what no process can read: once a day for each thing that is lacking."""

from datetime import UTC, datetime
from typing import Final

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES, unread_told
from bot.adapters.redis.steps import absent, set_, xadd
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, Entry

TOLD_FOR: Final = 86_400  # seconds until the same is told again
TOLD: Final = (
    "A stored {what} can't be read: {reason}. Nothing was done with it, and nothing was deleted: it"
    " stays until a process can read it. Look at `keysmith keys status`. If a key is missing, add"
    " it to KEYSMITH_KEYS again. If no process ever had such a key or version, a person or a"
    " program may be writing to Keysmith's Redis."
)


class UnreadReports:
    """Tells the security channel and the audit log, from whatever process."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def tell(self, what: str, lacking: str, reason: str) -> bool:
        """Tell that something waits for what is lacking; False where it was told lately.

        Raises as `Ledger.commit`.
        """
        told = unread_told(lacking)
        if await self._store.call("EXISTS", told):
            return False
        at, notice = datetime.now(UTC), {"text": TOLD.format(what=what, reason=reason), "by": ""}
        entry = Entry(at, AuditEvent.REFUSED, "unread", target={"lacking": lacking}, detail=reason)
        writes = (set_(told, "1", TOLD_FOR), xadd(NOTICES, notice))
        return await self._ledger.write(entry, writes, absent(told))
