"""Once a day: what is older than `KEEP` is archived and trimmed, or forgotten."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.adapters.archives import Archives
from bot.adapters.redis.archiving import Archiver
from bot.adapters.redis.forgetting import Forgetter
from bot.errors import NotArchived
from bot.flows.ports import Clock

_log = structlog.get_logger("keysmith.archives")


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
