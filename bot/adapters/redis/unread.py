"""Reports of what no process can read: once a day for each thing that is lacking.

A process that can't sign, since it lacks the key or Keysmith is halted, can't queue a notice. It
tells security directly, without an audit entry.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES, unread_told
from bot.adapters.redis.queue import Item
from bot.adapters.redis.steps import absent, set_, xadd
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, Entry
from bot.errors import Halted, KeyMissing, SlackError, Unread

_log = structlog.get_logger("keysmith.records")

TELL_WITHIN: Final = 60  # seconds for a process to tell directly; then another one may
MOST: Final = 20  # reports of one process in a day: a writer can invent any number of key ids
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
        self._told = dict[str, datetime]()
        self.directly: Callable[[str], Awaitable[None]] | None = None
        """Tells security without Redis. May raise `SlackError`."""

    async def tell(self, what: str, lacking: str, reason: str) -> bool:
        """Tell that something waits for what is lacking; False where it was told lately.

        Raises as `Ledger.commit`, unless this process can't sign: then it tells directly.
        """
        told, at = unread_told(lacking), datetime.now(UTC)
        if await self._store.call("EXISTS", told) or self._too_many(lacking, at):
            return False
        notice = {"text": TOLD.format(what=what, reason=reason), "by": ""}
        entry = Entry(at, AuditEvent.REFUSED, "unread", target={"lacking": lacking}, detail=reason)
        writes = (set_(told, "1", TOLD_FOR), xadd(NOTICES, notice))
        try:
            return await self._ledger.write(entry, writes, absent(told))
        except (KeyMissing, Halted):
            if self.directly is None:
                raise
            return await self._tell_directly(self.directly, told, notice["text"])

    async def tell_of_item(self, item: Item, unread: Unread) -> bool:
        """Tell of an item of a queue that this process can't read. As `tell`."""
        return await self.tell(f"item of a queue ({item.id})", unread.lacks, str(unread))

    def _too_many(self, lacking: str, at: datetime) -> bool:
        """Whether this process has told of too many other things since yesterday."""
        since = {name: told for name, told in self._told.items() if (at - told).days < 1}
        self._told = since if lacking in since or len(since) >= MOST else {**since, lacking: at}
        if lacking not in self._told:
            _log.error("unread_not_told", lacking=lacking, reason="too_many")
        return lacking not in self._told

    async def _tell_directly(
        self, tell: Callable[[str], Awaitable[None]], told: str, text: str
    ) -> bool:
        turn = ("NX", "EX", str(TELL_WITHIN))
        if await self._store.text("SET", told, "1", *turn) is None:
            return False
        try:
            await tell(text)
        except SlackError as error:  # another try follows, here or in another process
            _log.error("unread_not_told", reason=error.code)
            return False
        await self._store.call("SET", told, "1", "XX", "EX", str(TOLD_FOR))
        return True
