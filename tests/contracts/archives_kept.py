"""An archiver over a real Redis and a directory, and what stands in both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from bot.adapters.archives import Archives
from bot.adapters.checkpoints import CheckpointVerifier
from bot.adapters.redis.archiving import Archiver
from bot.adapters.redis.base import Base, read_base
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.domain.archives import with_archives
from bot.domain.audit import ChainKey, Record
from bot.domain.export import Export, verify_older, verify_signed
from bot.domain.verification import Start, Verdict, verify
from tests.contracts.records_kept import KEY
from tests.fakes.clock import FakeClock

ALL: Final = datetime(2999, 1, 1, tzinfo=UTC)
"""Older than this is every entry; the newest one stays all the same."""


@dataclass
class Keeping:
    """One process that archives."""

    redis: Redis
    directory: Path
    keys: tuple[bytes, ...] = (KEY,)
    batch: int = 10_000
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def archiver(self) -> Archiver:
        """A process that has just started."""
        return self.archiver_with(open_ledger(self.redis, self.keys))

    def archiver_with(self, ledger: Ledger) -> Archiver:
        """A process with a ledger of its own kind."""
        store, locks = Store(self.redis), RedisLocks(Store(self.redis))
        return Archiver(store, ledger, locks, self.keys, self.clock, batch=self.batch)

    async def archive(self, before: datetime = ALL) -> list[str]:
        """Archive and trim; gives the names of the archives."""
        found = await self.archiver.archive(Archives(self.directory), before)
        return [path.name for path in found]

    async def records(self) -> list[Record]:
        """Read the log that is left."""
        return [record async for record in open_ledger(self.redis, self.keys).records()]

    async def left(self) -> list[int]:
        """List the numbers of the entries that are left in the log."""
        return [record.seq for record in await self.records()]

    async def base(self) -> Base:
        """Read what the log goes on from."""
        return await read_base(Store(self.redis), [ChainKey(key) for key in self.keys])

    async def verified(self) -> Verdict:
        """Prove the log that is left."""
        ledger, start = open_ledger(self.redis, self.keys), (await self.base()).start
        chain_keys = list(map(ChainKey, self.keys))
        return verify(await self.records(), await ledger.head(), chain_keys, start)

    async def verified_whole(self) -> Verdict:
        """Prove archives and log together."""
        return self.joined(await self.verified(), (await self.base()).start)

    def joined(self, verdict: Verdict | None = None, end: Start | None = None) -> Verdict:
        """Prove the archives with the secret keys."""
        keys, verifier = list(map(ChainKey, self.keys)), CheckpointVerifier.of_keys(self.keys)

        def prove(export: Export, before: Start) -> Verdict:
            return verify_older(export, keys, verifier, before)

        return with_archives(verdict, Archives(self.directory).read(), end, prove)

    def audited(self, public: Sequence[str]) -> Verdict:
        """Prove the archives with public keys alone."""
        verifier = CheckpointVerifier(public)

        def prove(export: Export, _: Start) -> Verdict:
            return verify_signed(export, verifier)

        return with_archives(None, Archives(self.directory).read(), None, prove)
