"""One-time links: made, looked at, opened once, and closed again after a crash."""

import asyncio
import contextlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, assert_never

from bot.domain.audit import Deed, Entry
from bot.domain.claims import Claim, ClaimState
from bot.domain.keys import Credentials
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    Link,
    LinkState,
    Made,
    NoLongerAllowed,
    Reveal,
    Revealed,
    Sight,
    Waiting,
    Whose,
)
from bot.errors import KeysmithError, NotFound, StoreError
from bot.flows.link_ports import Enabler, Gatekeeper, HashProof, LinkStore, Seal
from bot.flows.ports import Clock

LEASE: Final = timedelta(seconds=60)
"""After which an opening is taken to be a dead process's."""
OPENS_WITHIN: Final = 40.0
"""Seconds that one opening may take; undoing it has the rest of the lease."""


@dataclass(frozen=True)
class Links:
    """The life of links. A key works only from the moment that its link is opened."""

    store: LinkStore
    account: Enabler
    gatekeeper: Gatekeeper
    clock: Clock
    seal: Seal
    hash_proof: HashProof
    public_url: str
    ttl: timedelta

    async def make(self, claim: Claim, credentials: Credentials) -> Made | None:
        """Seal the credentials behind a new link; the claim's former link dies.

        None where they were claimed a moment ago.
        """
        bundle, now = self.seal(credentials, claim), self.clock.now()
        entry = self._entry(Deed.LINKED, claim.id, _about(claim))
        if not await self.store.put(bundle, claim, now, entry):
            return None
        url = f"{self.public_url}/s/{bundle.link_id}#{bundle.key}"
        return Made(now + self.ttl, claim.fingerprint, url)

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
        claim = await self.store.claim(link.claim_id) if link else None
        if link is None or claim is None or link.state is not LinkState.SEALED:
            return _not_now(link) if link else Gone()
        owner = await self.gatekeeper.name_of(claim.owner)
        if owner is None:
            return NoLongerAllowed()
        return Addressed(owner, claim.name, claim.environment_name, claim.fingerprint)

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
        claim = await self.store.claim(link.claim_id)
        if claim and link.state is LinkState.OPENED and self._same_page(link, visit):
            return await self._again(link, claim)
        if claim is None or link.state is not LinkState.SEALED:
            return _not_now(link)
        now = self.clock.now()
        if not await self.store.start(link, now, self._entry(Deed.BEGUN, claim.id, _about(claim))):
            again = await self.store.find(link_id)
            return _not_now(again) if again else Gone()
        hashed = self.hash_proof(visit) if visit else ""
        link = replace(link, state=LinkState.OPENING, since=now, visit=hashed)
        async with asyncio.timeout(OPENS_WITHIN):
            return await self._open(link, claim, is_there)

    def _same_page(self, link: Link, visit: str) -> bool:
        return bool(visit) and hmac.compare_digest(link.visit, self.hash_proof(visit))

    async def _again(self, link: Link, claim: Claim) -> Reveal:
        entry = self._entry(Deed.REVEALED, claim.id, _about(claim), "again, to the same page")
        sealed = await self.store.again(link, entry)
        return Revealed(sealed, claim.fingerprint) if sealed else AlreadyOpened(link.since)

    async def _proven(self, link_id: str, proof: str) -> Link | None:
        link = await self.store.find(link_id)
        if link is None or not hmac.compare_digest(link.proof_hash, self.hash_proof(proof)):
            return None
        return link

    async def _open(self, link: Link, claim: Claim, is_there: Callable[[], bool]) -> Reveal:
        """Ask again, enable, and only then let the ciphertext go."""
        try:
            allowed = await self.gatekeeper.may_still_claim(claim)
        except BaseException:
            await self._release(link, "not asked")
            raise
        if not allowed:
            await self._release(link, "no longer allowed")
            return NoLongerAllowed()
        try:
            await self.account.set_enabled(link.environment_id, link.api_key, enabled=True)
            entry = self._entry(Deed.REVEALED, claim.id, _about(claim))
            now = self.clock.now()
            sealed = await self.store.take(link, claim, now, entry) if is_there() else None
        except BaseException:
            await self._undo(link)
            raise
        if sealed is None:
            await self._undo(link)
            return Gone()
        return Revealed(sealed, claim.fingerprint)

    async def _undo(self, link: Link) -> None:
        """Make sure that nothing works which nobody was shown; what fails here is recovered."""
        with contextlib.suppress(KeysmithError):
            with contextlib.suppress(NotFound):  # nothing is left that could work
                await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
            await self._release(link, "not opened")

    async def _release(self, link: Link, why: str) -> None:
        with contextlib.suppress(StoreError):
            await self.store.release(link, self._entry(Deed.RELEASED, link.claim_id, detail=why))

    async def recover(self) -> list[KeysmithError]:
        """Disable what a killed process had enabled and nobody was shown; gives what failed."""
        failures = []
        for link in await self.store.half_open(self.clock.now() - LEASE):
            try:
                await self._recover(link)
            except KeysmithError as error:
                failures.append(error)
        return failures

    async def _recover(self, link: Link) -> None:
        now = self.clock.now()
        seizing = self._entry(Deed.BEGUN, link.claim_id, detail="recovering")
        if not await self.store.seize(link, now, seizing):
            return await self.store.forget(link)
        claim = await self.store.claim(link.claim_id)
        if claim is None or claim.state is not ClaimState.CLAIMED:  # no newer link was opened
            with contextlib.suppress(NotFound):  # nothing is left that could work
                await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
        entry = self._entry(Deed.RELEASED, link.claim_id, detail="recovered")
        await self.store.release(replace(link, since=now), entry)
        return None

    def _entry(
        self, deed: Deed, claim_id: str, target: dict[str, str] | None = None, detail: str = ""
    ) -> Entry:
        return Entry(
            at=self.clock.now(),
            deed=deed,
            action="link:open" if deed is not Deed.LINKED else "link:make",
            errand=claim_id,
            target=target or {},
            detail=detail,
        )


def _about(claim: Claim) -> dict[str, str]:
    return {
        "key": claim.api_key,
        "name": claim.name,
        "environment": claim.environment_id,
        "owner": str(claim.owner),
        "fingerprint": claim.fingerprint,
    }


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
