"""Opens a link whose press is proven: enables its key, and lets the ciphertext go.

The order is: start, lock, decide again whether the owner may have it, enable the key, take the
ciphertext. The ciphertext leaves only after the key is enabled, and the key stays enabled only if
the ciphertext leaves. What a crash leaves:
- before `start`: a sealed link;
- after `start`, before or after the key is enabled: OPENING, with the ciphertext still there. After
  the lease `bot.flows.links.recover` disables the key and seals the link again;
- after `take`: an opened link whose answer may be lost. The same page may ask again for a minute.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain import links
from bot.domain.audit import AuditEvent, Entry
from bot.domain.keys import overtaken
from bot.domain.link_receipts import Receipt, settled
from bot.domain.links import Ended, Link, LinkState, Opener
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.pending import PendingState
from bot.domain.requests.notifications import Told, Topic, to_person
from bot.domain.signing import Act, Planned, SignerMove, move_of
from bot.domain.visitors import browser_in, system_in
from bot.errors import KeysmithError, NotFound, StoreError
from bot.flows.audit import link_entry
from bot.flows.links.ports import Access, KeySwitch, LinkStore
from bot.flows.ports import Changes, Clock, Locks

OPENS_WITHIN: Final = 40.0
"""Seconds that one opening may take; the rest of the lease is for undoing it."""


@dataclass(frozen=True)
class LinkOpener:
    """Opens links where the account key is: the port `Opening`."""

    store: LinkStore
    account: KeySwitch
    access: Access
    clock: Clock
    changes: Changes
    locks: Locks
    signs_in: bool = False
    """Whether a link opens for no one but its owner, who has signed in."""

    async def open(
        self, link: Link, pending: Pending, opener: Opener, is_there: Callable[[], bool]
    ) -> links.Reveal | None:
        """Open it; None where another press began to."""
        now = self.clock.now()
        if not await self.store.start(link, now, link_entry(now, AuditEvent.BEGUN, pending)):
            return None
        link = replace(link, state=LinkState.OPENING, since=now, visit=opener.visit)
        async with asyncio.timeout(OPENS_WITHIN):
            return await self.go_on(link, pending, opener, is_there)

    async def go_on(
        self, link: Link, pending: Pending, opener: Opener, is_there: Callable[[], bool]
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
        if self.signs_in and opener.person != pending.owner:
            await self._release(link, "not signed in", Ended.NOT_SIGNED_IN)
            return links.SignInFirst()
        try:
            allowed = await self.access.may_still_claim(pending)
            last = await self.changes.last_change(link.api_key)
            move = await self._move(link)
        except BaseException:  # a cancellation too: the link must not stay OPENING
            await self._release(link, "not asked")
            raise
        if not allowed or overtaken(last, pending.made_at):
            await self._release(link, "no longer allowed", Ended.NOT_ALLOWED)
            return links.NoLongerAllowed()
        if move and move.breaks:
            await self._release(link, "moves the webhook signer", Ended.MOVES_SIGNER)
            return links.MovesSigner()
        try:
            await self.account.set_enabled(link.environment_id, link.api_key, enabled=True)
            now = self.clock.now()
            entry, told = revealed(now, pending, opener), _told(now, pending, opener)
            link = replace(link, ended=Ended.SIGNS if move else Ended.OPENED)
            taken = self.store.take(link, pending, now, entry, told) if is_there() else None
            sealed = await taken if taken else None
        except BaseException:
            await self._undo(link)
            raise
        if sealed is not None:
            return links.Revealed(sealed, pending.fingerprint, signs=move is not None)
        await self._undo(link, Ended.GONE)
        return links.Gone(proven=True)

    async def _move(self, link: Link) -> SignerMove | None:
        """Tell how enabling the key moves the webhook signer: to a first key, or from a younger."""
        keys = await self.account.keys(link.environment_id)
        key = next((each for each in keys if each.api_key == link.api_key), None)
        return move_of(keys, Planned(Act.ENABLE, key)) if key else None

    async def _undo(self, link: Link, ended: Ended = Ended.FAILED) -> None:
        """Disable the key that was not shown; if this fails, the recoverer does it."""
        with contextlib.suppress(KeysmithError):
            if not await self._given_by_another(link):
                with contextlib.suppress(NotFound):  # a deleted key cannot be used
                    await self.account.set_enabled(link.environment_id, link.api_key, enabled=False)
            await self._release(link, "not opened", ended)

    async def _given_by_another(self, link: Link) -> bool:
        """Whether the owner has the key by a newer link, while this process stood still."""
        try:
            pending = await self.store.pending(link.pending_id)
            now = await self.store.find(link.id)  # after it: one step writes both
        except StoreError:
            return False
        claimed = pending is not None and pending.state is PendingState.CLAIMED
        return claimed and now is not None and now.state is not LinkState.OPENED

    async def _release(self, link: Link, reason: str, ended: Ended = Ended.FAILED) -> None:
        with contextlib.suppress(StoreError):
            entry = link_entry(self.clock.now(), AuditEvent.RELEASED, link.pending_id, reason)
            await self.store.release(replace(link, ended=ended), entry)


def revealed(now: datetime, pending: Pending, opener: Opener, detail: str = "") -> Entry:
    """Record that the ciphertext leaves, and for whom."""
    of_browser = opener.browser.facts
    return link_entry(now, AuditEvent.REVEALED, pending, detail, opener.person, **of_browser)


def _told(now: datetime, pending: Pending, opener: Opener) -> Told:
    """Tell the owner, even of a browser that is another person's."""
    agent, of_key = opener.browser.agent, (pending.api_key, pending.name, pending.environment_name)
    in_words, signed_in = (browser_in(agent), system_in(agent)), opener.person is not None
    asked = bool(pending.passphrase)
    receipt = Receipt(*of_key, now, *in_words, signed_in=signed_in, passphrase=asked)
    told = to_person("", Topic.RECEIPT, pending.owner.user_id, text=receipt.write())
    return (told, *settled(pending, now, opened=True))
