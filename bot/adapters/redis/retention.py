"""Once a day: what is older than `KEEP` is archived and trimmed, or forgotten."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from bot.adapters.archives import Archives
from bot.adapters.redis.archiving import Archiver
from bot.adapters.redis.forgetting import Forgetter
from bot.adapters.redis.stores import Stores
from bot.errors import NotArchived
from bot.flows.ports import Clock

_log = structlog.get_logger("keysmith.archives")


class Kept(Protocol):
    """The settings of what is kept."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys of the audit log, newest first."""

    @property
    def keep(self) -> timedelta:
        """How long entries and requests are kept."""

    @property
    def audit_archive(self) -> Path | None:
        """Where older entries go."""

    @property
    def request_ttl(self) -> timedelta:
        """How long pending credentials wait."""


class Retention:
    """Keeps what is younger than `keep`; without `archives`, the audit log keeps all."""

    def __init__(
        self,
        archiver: Archiver,
        forgetter: Forgetter,
        archives: Archives | None,
        keep: timedelta,
        clock: Clock,
    ) -> None:
        self._archiver = archiver
        self._forgetter = forgetter
        self._archives = archives
        self._keep = keep
        self._clock = clock

    @classmethod
    def of(cls, stores: Stores, settings: Kept, clock: Clock) -> "Retention":
        """Build it over the stores."""
        store, ledger, ttl = stores.store, stores.ledger, settings.request_ttl
        archives = Archives(settings.audit_archive) if settings.audit_archive else None
        archiver = Archiver(store, ledger, stores.locks, settings.keys, clock)
        marks, requests = stores.signed.marks, stores.requests
        forgetter = Forgetter(store, ledger, marks, requests, clock, ttl)
        return cls(archiver, forgetter, archives, settings.keep, clock)

    async def look(self) -> Sequence[Exception]:
        """Archive, trim and forget what is old; returns why something was not.

        Raises:
            StoreError: Redis did not answer; the next look goes on.

        """
        before = self._clock.now() - self._keep
        await self._archiver.sign_again()
        await self._forgetter.forget(before)
        if self._archives is None:
            oldest = await self._archiver.oldest()
            if oldest and oldest < before:
                _log.warning("audit_log_grows", since=oldest.isoformat(), set="AUDIT_ARCHIVE")
            return ()
        try:
            await self._archiver.archive(self._archives, before)
        except NotArchived as error:
            _log.error("audit_log_not_archived", reason=str(error))
            return [error]
        return ()
