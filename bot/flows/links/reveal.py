"""Reveals credentials: a link opens once, for a browser that proves it holds the fragment key.

SEALED → OPENING → OPENED, and OPENING → SEALED if opening fails. This is the half of the page: who
presses, and what became of the link. `bot.flows.links.open` is the half that enables the key.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain import links
from bot.domain.keys import overtaken
from bot.domain.links import Link, LinkState, Opener
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor
from bot.domain.secret import Secret
from bot.domain.visitors import Browser
from bot.flows.correlation import now_about
from bot.flows.links.open import revealed
from bot.flows.links.ports import HashProof, LinkStore, Names, Opening
from bot.flows.links.tries import Tries
from bot.flows.ports import Changes, Clock

NO_VISIT: Final = Secret()
NO_PASSPHRASE: Final = Secret()
UNKNOWN: Final = Browser()


@dataclass(frozen=True)
class Revealer:
    """Opens links; a key stays disabled until its link is opened."""

    store: LinkStore
    opening: Opening
    access: Names
    clock: Clock
    hash_proof: HashProof
    changes: Changes
    signs_in: bool = False
    """Whether visitors have to sign in with Slack."""

    async def whose(self, link_id: str, proof: Secret, visitor: Actor | None = None) -> links.Whose:
        """Whose credentials the link holds, for a valid proof. May raise `KeysmithError`."""
        link, pending = await self._proven(link_id, proof)
        if link is None or pending is None or not self._opens(link):
            return links.not_now(link)
        owner = await self.access.name_of(pending.owner)
        if owner is None:
            return links.NoLongerAllowed()
        place, mark = pending.environment_name, pending.fingerprint
        first = self._unproven(pending, visitor)
        seen = links.Addressed(owner, pending.name, place, mark, pending.role, signs_in=first)
        return replace(seen, lock=link.lock)

    async def reveal(
        self,
        link_id: str,
        proof: Secret,
        visit: Secret = NO_VISIT,
        is_there: Callable[[], bool] = lambda: True,
        visitor: Actor | None = None,
        browser: Browser = UNKNOWN,
        passphrase: Secret = NO_PASSPHRASE,
    ) -> links.Reveal:
        """Open a link for a valid proof, while `is_there` reports that the browser still waits.

        `visitor` is who is signed in, where visitors have to: no one but the owner opens the link.
        `browser` is what the owner and the audit log are told of. `passphrase` is what the page
        derived from the one that was typed.
        `visit` is a secret of one page: for a minute, that page can read again an answer that was
        lost on its way. After a `KeysmithError` or `TimeoutError` its key is disabled; the
        link is unopened, or opened where Redis stored that and did not answer in time.
        """
        link, pending = await self._proven(link_id, proof)
        if link:
            now_about(link.pending_id)
        if link and pending and link.state is LinkState.OPENED and self._same_page(link, visit):
            return await self._again(link, pending, Opener(visitor, browser, link.visit))
        if link is None or pending is None or not self._opens(link):
            return links.not_now(link)
        if self._unproven(pending, visitor):
            return links.SignInFirst()
        opener = Opener(visitor, browser, self.hash_proof(visit) if visit else "")
        if stop := await self.tries.stop(link, pending, passphrase, opener):
            return stop
        if link.rests(self.clock.now()):
            return links.BeingOpened()
        opened = await self.opening.open(link, pending, opener, is_there)
        if opened is None and link.lock and await self._only_counted(link):
            opened = await self.opening.open(link, pending, opener, is_there)
        return links.not_now(await self.store.find(link_id)) if opened is None else opened

    async def _only_counted(self, link: Link) -> bool:
        """Whether another's wrong passphrase came between, and the link still waits."""
        now = await self.store.find(link.id)
        return now is not None and now.lock != link.lock and self._opens(now)

    @property
    def tries(self) -> Tries:
        """What decides about passphrases."""
        return Tries(self.store, self.clock, self.hash_proof)

    def _unproven(self, pending: Pending, visitor: Actor | None) -> bool:
        """Whether the visitor has to sign in as the owner first."""
        return self.signs_in and visitor != pending.owner

    def _opens(self, link: Link) -> bool:
        sealed = link.state is LinkState.SEALED and link.there
        return sealed and not link.over(self.clock.now())

    def _same_page(self, link: Link, visit: Secret) -> bool:
        return bool(visit) and hmac.compare_digest(link.visit, self.hash_proof(visit))

    async def _again(self, link: Link, pending: Pending, opener: Opener) -> links.Reveal:
        if overtaken(await self.changes.last_change(link.api_key), pending.made_at):
            return links.NoLongerAllowed()
        again = "again, to the same page"
        entry = revealed(self.clock.now(), pending, opener, again)
        sealed = await self.store.again(link, entry)
        if not sealed:
            return links.AlreadyOpened(link.since)
        return links.Revealed(sealed, pending.fingerprint)

    async def _proven(self, link_id: str, proof: Secret) -> tuple[Link | None, Pending | None]:
        """Look the link up; a wrong proof learns nothing of it, by no answer and by no time."""
        hashed = self.hash_proof(proof)
        found = await self.store.proven(link_id, hashed)
        proven = found and hmac.compare_digest(found[0].proof_hash, hashed)
        return found if found and proven else (None, None)
