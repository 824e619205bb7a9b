"""Reveals credentials: a link opens once, for a browser that proves it holds the fragment key.

SEALED → OPENING → OPENED, and OPENING → SEALED if opening fails. The order is: proof, start, lock,
decide again whether the owner may have it, enable the key, take the ciphertext. The ciphertext
leaves only after the key is enabled, and the key stays enabled only if the ciphertext leaves. What
a crash leaves:
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
from datetime import datetime
from typing import Final, assert_never

from bot.domain import links
from bot.domain.audit import AuditEvent, Entry
from bot.domain.keys import overtaken
from bot.domain.link_receipts import Receipt
from bot.domain.links import Link, LinkState
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor
from bot.domain.requests.notifications import Notification, Topic, to_person
from bot.domain.secret import Secret
from bot.domain.signing import Act, Planned, SignerMove, move_of
from bot.domain.visitors import Browser, browser_in, system_in
from bot.errors import KeysmithError, NotFound, StoreError
from bot.flows.audit import link_entry
from bot.flows.correlation import now_about
from bot.flows.links.ports import Access, HashProof, KeySwitch, LinkStore
from bot.flows.ports import Changes, Clock, Locks

NO_VISIT: Final = Secret()
OPENS_WITHIN: Final = 40.0
"""Seconds that one opening may take; the rest of the lease is for undoing it."""
UNKNOWN: Final = Browser()


@dataclass(frozen=True)
class Opener:
    """Who opens a link: the person, where visitors sign in, and the browser."""

    person: Actor | None
    browser: Browser


@dataclass(frozen=True)
class Revealer:
    """Opens links; a key stays disabled until its link is opened."""

    store: LinkStore
    account: KeySwitch
    access: Access
    clock: Clock
    hash_proof: HashProof
    changes: Changes
    locks: Locks
    signs_in: bool = False
    """Whether visitors have to sign in with Slack."""

    async def whose(self, link_id: str, proof: Secret, visitor: Actor | None = None) -> links.Whose:
        """Whose credentials the link holds, for a valid proof. May raise `KeysmithError`."""
        link, pending = await self._proven(link_id, proof)
        if link is None or pending is None or not self._opens(link):
            return _not_now(link)
        owner = await self.access.name_of(pending.owner)
        if owner is None:
            return links.NoLongerAllowed()
        place, mark = pending.environment_name, pending.fingerprint
        first = self._unproven(pending, visitor)
        return links.Addressed(owner, pending.name, place, mark, pending.role, signs_in=first)

    async def reveal(
        self,
        link_id: str,
        proof: Secret,
        visit: Secret = NO_VISIT,
        is_there: Callable[[], bool] = lambda: True,
        visitor: Actor | None = None,
        browser: Browser = UNKNOWN,
    ) -> links.Reveal:
        """Open a link for a valid proof, while `is_there` reports that the browser still waits.

        `visitor` is who is signed in, where visitors have to: no one but the owner opens the link.
        `browser` is what the owner and the audit log are told of.
        `visit` is a secret of one page: for a minute, that page can read again an answer that was
        lost on its way. After a `KeysmithError` or `TimeoutError` its key is disabled; the
        link is unopened, or opened where Redis stored that and did not answer in time.
        """
        link, pending = await self._proven(link_id, proof)
        if link:
            now_about(link.pending_id)
        if link and pending and link.state is LinkState.OPENED and self._same_page(link, visit):
            return await self._again(link, pending, Opener(visitor, browser))
        if link is None or pending is None or not self._opens(link):
            return _not_now(link)
        if self._unproven(pending, visitor):
            return links.SignInFirst()
        now = self.clock.now()
        if not await self.store.start(link, now, link_entry(now, AuditEvent.BEGUN, pending)):
            return _not_now(await self.store.find(link_id))
        hashed = self.hash_proof(visit) if visit else ""
        link = replace(link, state=LinkState.OPENING, since=now, visit=hashed)
        async with asyncio.timeout(OPENS_WITHIN):
            return await self._in_turn(link, pending, is_there, Opener(visitor, browser))

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
        entry = _revealed(self.clock.now(), pending, opener, again)
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

    async def _in_turn(
        self, link: Link, pending: Pending, is_there: Callable[[], bool], opener: Opener
    ) -> links.Reveal:
        """Open it in the environment's turn: no other change moves the signer in between."""
        async with contextlib.AsyncExitStack() as turn:
            try:
                lock = self.locks.hold(f"environment:{link.environment_id}")
                await turn.enter_async_context(lock)
            except BaseException:
                await self._release(link, "not asked")
                raise
            return await self._open(link, pending, is_there, opener)

    async def _open(
        self, link: Link, pending: Pending, is_there: Callable[[], bool], opener: Opener
    ) -> links.Reveal:
        """Decide again, enable the key, and only then take the ciphertext."""
        try:
            allowed = await self.access.may_still_claim(pending)
            last = await self.changes.last_change(link.api_key)
            move = await self._move(link)
        except BaseException:  # a cancellation too: the link must not stay OPENING
            await self._release(link, "not asked")
            raise
        if not allowed or overtaken(last, pending.made_at):
            await self._release(link, "no longer allowed")
            return links.NoLongerAllowed()
        if move and move.breaks:
            await self._release(link, "moves the webhook signer")
            return links.MovesSigner()
        try:
            await self.account.set_enabled(link.environment_id, link.api_key, enabled=True)
            now = self.clock.now()
            entry, told = _revealed(now, pending, opener), (_told(now, pending, opener),)
            taken = self.store.take(link, pending, now, entry, told) if is_there() else None
            sealed = await taken if taken else None
        except BaseException:
            await self._undo(link)
            raise
        if sealed is not None:
            return links.Revealed(sealed, pending.fingerprint, signs=move is not None)
        await self._undo(link)
        return links.Gone(proven=True)

    async def _move(self, link: Link) -> SignerMove | None:
        """Tell how enabling the key moves the webhook signer: to a first key, or from a younger."""
        keys = await self.account.keys(link.environment_id)
        key = next((each for each in keys if each.api_key == link.api_key), None)
        return move_of(keys, Planned(Act.ENABLE, key)) if key else None

    async def _undo(self, link: Link) -> None:
        """Disable the key that was not shown; if this fails, the recoverer does it."""
        with contextlib.suppress(KeysmithError):
            with contextlib.suppress(NotFound):  # a deleted key cannot be used
                await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
            await self._release(link, "not opened")

    async def _release(self, link: Link, reason: str) -> None:
        with contextlib.suppress(StoreError):
            entry = link_entry(self.clock.now(), AuditEvent.RELEASED, link.pending_id, reason)
            await self.store.release(link, entry)


def _revealed(now: datetime, pending: Pending, opener: Opener, detail: str = "") -> Entry:
    of_browser = opener.browser.facts
    return link_entry(now, AuditEvent.REVEALED, pending, detail, opener.person, **of_browser)


def _told(now: datetime, pending: Pending, opener: Opener) -> Notification:
    """Tell the owner, even of a browser that is another person's."""
    agent, of_key = opener.browser.agent, (pending.api_key, pending.name, pending.environment_name)
    in_words, signed_in = (browser_in(agent), system_in(agent)), opener.person is not None
    receipt = Receipt(*of_key, now, *in_words, signed_in=signed_in)
    return to_person("", Topic.RECEIPT, pending.owner.user_id, text=receipt.write())


def _not_now(link: Link | None) -> links.AlreadyOpened | links.BeingOpened | links.Gone:
    if link is None:
        return links.Gone()
    match link.state:
        case LinkState.OPENED:
            return links.AlreadyOpened(link.since)
        case LinkState.OPENING:
            return links.BeingOpened()
        case LinkState.SEALED:  # expired, or without its pending credentials
            return links.Gone(proven=True)
        case _:
            assert_never(link.state)
