"""Closes links that a killed process left half open, so no key is enabled that was never shown."""

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.links import Link
from bot.domain.pending import PendingState
from bot.errors import KeysmithError, NotFound
from bot.flows.audit import link_entry
from bot.flows.correlation import about
from bot.flows.links.ports import LinkStore
from bot.flows.ports import Clock, Enabler

LEASE: Final = timedelta(seconds=60)
"""How long a process owns the link that it is opening; after that it counts as dead."""


@dataclass(frozen=True)
class LinkRecoverer:
    """Disables keys that a killed process enabled."""

    store: LinkStore
    account: Enabler
    clock: Clock

    async def recover(self) -> list[KeysmithError]:
        """Recover every link whose lease is over; return the errors of those that failed."""
        failures = []
        for link in await self.store.half_open(self.clock.now() - LEASE):
            try:
                with about(link.pending_id):
                    await self._recover(link)
            except KeysmithError as error:
                failures.append(error)
        return failures

    async def _recover(self, link: Link) -> None:
        now = self.clock.now()
        begun = link_entry(now, AuditEvent.BEGUN, link.pending_id, "recovering")
        if not await self.store.seize(link, now, begun):
            await self.store.forget(link)
            return
        pending = await self.store.pending(link.pending_id)
        if pending is None or pending.state is not PendingState.CLAIMED:  # no newer link was opened
            with contextlib.suppress(NotFound):  # a deleted key cannot be used
                await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
        entry = link_entry(self.clock.now(), AuditEvent.RELEASED, link.pending_id, "recovered")
        await self.store.release(replace(link, since=now), entry)
