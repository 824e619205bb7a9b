"""Closes links that a killed process left half open: no key works that was never shown."""

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.links import Link
from bot.domain.pending import PendingState
from bot.errors import KeysmithError, NotFound
from bot.flows.audit import link_entry
from bot.flows.links.ports import Enabler, LinkStore
from bot.flows.ports import Clock

LEASE: Final = timedelta(seconds=60)
"""After which the process that was opening a link is taken to be dead."""


@dataclass(frozen=True)
class LinkRecoverer:
    """Disables what a killed process had enabled."""

    store: LinkStore
    account: Enabler
    clock: Clock

    async def recover(self) -> list[KeysmithError]:
        """Recover every link whose lease is over; gives the errors of those that failed."""
        failures = []
        for link in await self.store.half_open(self.clock.now() - LEASE):
            try:
                await self._recover(link)
            except KeysmithError as error:
                failures.append(error)
        return failures

    async def _recover(self, link: Link) -> None:
        now = self.clock.now()
        seizing = link_entry(now, AuditEvent.BEGUN, link.pending_id, detail="recovering")
        if not await self.store.seize(link, now, seizing):
            return await self.store.forget(link)
        pending = await self.store.pending(link.pending_id)
        if pending is None or pending.state is not PendingState.CLAIMED:  # no newer link was opened
            with contextlib.suppress(NotFound):  # nothing is left that could work
                await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
        entry = link_entry(
            self.clock.now(), AuditEvent.RELEASED, link.pending_id, detail="recovered"
        )
        await self.store.release(replace(link, since=now), entry)
        return None
