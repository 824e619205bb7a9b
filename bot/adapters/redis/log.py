"""The audit log as people read it: newest first, a stretch at a time."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.adapters.archives import Archives
from bot.adapters.redis.base import read_base
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import AUDIT
from bot.adapters.redis.store import Store, as_items
from bot.domain.audit import Head, Record, chain
from bot.errors import ConfigurationError

NAMED: Final = 5
"""Archives that are named, the latest first."""


class RedisLog:
    """Reads the log; `directory` is where its archives are, if this process has them."""

    def __init__(self, store: Store, ledger: Ledger, directory: Path | None = None) -> None:
        self._store = store
        self._ledger = ledger
        self._directory = directory

    async def head(self) -> Head:
        """Read where the log ends."""
        return await self._ledger.head()

    async def start(self) -> Head:
        """Read what a trimmed log goes on from."""
        return (await read_base(self._store, self._ledger.keyring.chain.values())).start.head

    async def newest(self, last: int, count: int) -> list[Record]:
        """Read a stretch backwards."""
        read = ("XREVRANGE", AUDIT, f"{last}-0", "-", "COUNT", str(count))
        items = as_items(await self._store.call(*read))
        return [
            Record(int(place.split("-")[0]), it["body"], it["key"], it["mac"])
            for place, it in items
        ]

    def proves(self, record: Record, before: Head) -> bool:
        """Compare a record's MAC with its own; one under a key that is not known proves nothing."""
        key = self._ledger.keyring.chain.get(record.key_id)
        if key is None or record.seq != before.seq + 1:
            return False
        return chain(record.seq, before.mac, record.body, key) == record

    async def archives(self) -> Sequence[str]:
        """List the newest archives."""
        if self._directory is None:
            return ()
        try:
            paths = await asyncio.to_thread(Archives(self._directory).paths)
        except (ConfigurationError, OSError):
            return ()
        return [path.name for path in reversed(paths[-NAMED:])]
