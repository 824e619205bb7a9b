"""Reveals credentials: a link is opened once, by whoever proves to hold its key, for its owner.

SEALED → OPENING → OPENED, and OPENING → SEALED where it fails. The order is: prove, start, ask
again whether the owner may, enable the key, take the ciphertext. The ciphertext leaves only after
the key works, and the key works only if the ciphertext leaves. What a crash leaves:
- before `start`: a sealed link;
- after `start`, before or after the key is enabled: OPENING, with the ciphertext still there. After
  the lease `bot.flows.links.recover` disables the key and seals the link again;
- after `take`: an opened link whose answer may be lost. The same page may ask again for a minute.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, assert_never

from bot.domain.audit import AuditEvent, Entry
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    Link,
    LinkState,
    NoLongerAllowed,
    Reveal,
    Revealed,
    Sight,
    Waiting,
    Whose,
)
from bot.domain.pending import PendingCredentials
from bot.errors import KeysmithError, NotFound, StoreError
from bot.flows.audit import about_claim, link_entry
from bot.flows.links.ports import Access, Enabler, HashProof, LinkStore
from bot.flows.ports import Clock

OPENS_WITHIN: Final = 40.0
"""Seconds that one opening may take; undoing it has the rest of the lease."""


@dataclass(frozen=True)
class Revealer:
    """Opens links. A key works only from the moment that its link is opened."""

    store: LinkStore
    account: Enabler
    access: Access
    clock: Clock
    hash_proof: HashProof

    async def look(self, link_id: str) -> Sight:
        """What a visit alone may tell; it spends nothing."""
        link = await self.store.find(link_id)
        if link and link.state is LinkState.OPENED:
            return AlreadyOpened(link.since)
        return Waiting() if link and link.there else Gone()

    async def whose(self, link_id: str, proof: str) -> Whose:
        """Tell who proves to hold the link's key whom it was made for; it spends nothing.

        Raises:
            KeysmithError: it can't be told now.

        """
        link = await self._proven(link_id, proof)
        pending = await self.store.pending(link.pending_id) if link else None
        if link is None or pending is None or link.state is not LinkState.SEALED:
            return _not_now(link) if link else Gone()
        owner = await self.access.name_of(pending.owner)
        if owner is None:
            return NoLongerAllowed()
        return Addressed(owner, pending.name, pending.environment_name, pending.fingerprint)

    async def reveal(
        self,
        link_id: str,
        proof: str,
        visit: str = "",
        is_there: Callable[[], bool] = lambda: True,
    ) -> Reveal:
        """Open a link for whoever proves to hold its key; `is_there` says that they still wait.

        `visit` is known to one page alone: an answer that was lost on its way is given to that page
        again, for a moment.

        Raises:
            KeysmithError: the key could not be enabled; the link stays unopened.
            TimeoutError: likewise.

        """
        link = await self._proven(link_id, proof)
        if link is None:
            return Gone()
        pending = await self.store.pending(link.pending_id)
        if pending and link.state is LinkState.OPENED and self._same_page(link, visit):
            return await self._again(link, pending)
        if pending is None or link.state is not LinkState.SEALED:
            return _not_now(link)
        now = self.clock.now()
        if not await self.store.start(link, now, self._entry(AuditEvent.BEGUN, pending)):
            again = await self.store.find(link_id)
            return _not_now(again) if again else Gone()
        hashed = self.hash_proof(visit) if visit else ""
        link = replace(link, state=LinkState.OPENING, since=now, visit=hashed)
        async with asyncio.timeout(OPENS_WITHIN):
            return await self._open(link, pending, is_there)

    def _same_page(self, link: Link, visit: str) -> bool:
        return bool(visit) and hmac.compare_digest(link.visit, self.hash_proof(visit))

    async def _again(self, link: Link, pending: PendingCredentials) -> Reveal:
        entry = self._entry(AuditEvent.REVEALED, pending, "again, to the same page")
        sealed = await self.store.again(link, entry)
        return Revealed(sealed, pending.fingerprint) if sealed else AlreadyOpened(link.since)

    async def _proven(self, link_id: str, proof: str) -> Link | None:
        link = await self.store.find(link_id)
        if link is None or not hmac.compare_digest(link.proof_hash, self.hash_proof(proof)):
            return None
        return link

    async def _open(
        self, link: Link, pending: PendingCredentials, is_there: Callable[[], bool]
    ) -> Reveal:
        """Ask again, enable, and only then let the ciphertext go."""
        try:
            allowed = await self.access.may_still_claim(pending)
        except BaseException:
            await self._release(link, "not asked")
            raise
        if not allowed:
            await self._release(link, "no longer allowed")
            return NoLongerAllowed()
        try:
            await self.account.set_enabled(link.environment_id, link.api_key, enabled=True)
            entry = self._entry(AuditEvent.REVEALED, pending)
            now = self.clock.now()
            sealed = await self.store.take(link, pending, now, entry) if is_there() else None
        except BaseException:
            await self._undo(link)
            raise
        if sealed is None:
            await self._undo(link)
            return Gone()
        return Revealed(sealed, pending.fingerprint)

    async def _undo(self, link: Link) -> None:
        """Make sure that nothing works which nobody was shown; what fails here is recovered."""
        with contextlib.suppress(KeysmithError):
            with contextlib.suppress(NotFound):  # nothing is left that could work
                await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
            await self._release(link, "not opened")

    async def _release(self, link: Link, reason: str) -> None:
        with contextlib.suppress(StoreError):
            released = link_entry(
                self.clock.now(), AuditEvent.RELEASED, link.pending_id, detail=reason
            )
            await self.store.release(link, released)

    def _entry(self, event: AuditEvent, pending: PendingCredentials, detail: str = "") -> Entry:
        return link_entry(self.clock.now(), event, pending.id, about_claim(pending), detail)


def _not_now(link: Link) -> AlreadyOpened | BeingOpened | Gone:
    match link.state:
        case LinkState.OPENED:
            return AlreadyOpened(link.since)
        case LinkState.OPENING:
            return BeingOpened()
        case LinkState.SEALED:
            return Gone()
        case _:
            assert_never(link.state)
