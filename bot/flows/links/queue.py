"""Opens links in two processes: one has the page, the other one the account key.

The page's process stores the press, and queues it in the same step; a worker takes it up, and ends
it by `bot.flows.links.open`. The page's process holds no account key, so it looks at the link until
it is OPENED by this very page, and only then reads the ciphertext.

SEALED → OPENING (queued) → OPENING (taken up, with another `since`) → OPENED or SEALED. What a
crash leaves:
- of the page's process, before a worker takes it up: the worker opens it, its owner has the
  receipt, and the page may ask again for a minute;
- of every worker: the page's process takes its press back, so that the link is SEALED again;
- of the worker that took it up, or of both: the lease ends, and `bot.flows.links.recover` disables
  the key and seals the link.

The clocks of both may differ. Whether a press is still one is decided by the link's stored state:
its page takes it back in time. A worker's clock only tells what a killed page left long ago.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from bot.domain import links
from bot.domain.audit import AuditEvent
from bot.domain.links import Ended, Link, LinkState, Opener
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.visitors import Browser, cleaned
from bot.errors import KeysmithError, NotOpened, StoreError, WorkerAway
from bot.flows.audit import link_entry
from bot.flows.correlation import about, now_about
from bot.flows.links.open import OPENS_WITHIN, LinkOpener, revealed
from bot.flows.links.ports import LinkStore
from bot.flows.ports import Clock

TAKEN_UP_WITHIN: Final = 8.0
"""Seconds until a press that no worker has taken up is taken back."""
SKEW: Final = 30.0
"""Seconds by which the clocks of both may differ; `check` warns of more."""
ENDS_BEFORE: Final = 4.0
"""Seconds that a worker ends before the page does not wait any longer."""
ENDS_WITHIN: Final = OPENS_WITHIN - TAKEN_UP_WITHIN - ENDS_BEFORE
"""Seconds that a worker takes at most, by its own clock: the page took back what came later."""
LOOKS_EVERY: Final = 0.1  # seconds
_VISIT_BYTES: Final = 32

_log = structlog.get_logger("keysmith.presses")


@dataclass(frozen=True)
class QueuedOpening:
    """Has a worker open links: the port `Opening` of a process without the account key."""

    store: LinkStore
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def open(
        self, link: Link, pending: Pending, opener: Opener, is_there: Callable[[], bool]
    ) -> links.Reveal | None:
        """Queue the press, and wait for its end; None where another press began.

        May raise `NotOpened`, and `StoreError`.
        """
        now, browser = self.clock.now(), opener.browser
        # Without a page that can ask again, only this call may read the ciphertext.
        visit = opener.visit or secrets.token_hex(_VISIT_BYTES)
        opener = Opener(opener.person, Browser(cleaned(browser.agent), browser.address), visit)
        entry = link_entry(now, AuditEvent.BEGUN, pending, "queued")
        if not await self.store.start(link, now, entry, opener):
            return None
        mine = replace(link, state=LinkState.OPENING, since=now, visit=visit, opener=opener)
        mine = replace(mine, ended=Ended.FAILED)  # a former opening ended as the record says
        return await self._end(mine, pending, opener, is_there)

    async def _end(
        self, mine: Link, pending: Pending, opener: Opener, is_there: Callable[[], bool]
    ) -> links.Reveal:
        failed: StoreError | None = None
        while (waited := self._since(mine.since)) < OPENS_WITHIN:
            await self.sleep(LOOKS_EVERY)
            over = "no worker took it up" if waited >= TAKEN_UP_WITHIN else ""
            over = over if is_there() else "the browser left"
            try:
                ended = await self._ended(mine, pending, opener, over)
            except StoreError as error:  # what is stored decides once Redis answers again
                failed = error
            else:
                failed = None
                if ended:
                    return ended
        raise failed or NotOpened("no worker has ended the opening in time")

    def _since(self, at: datetime) -> float:
        return (self.clock.now() - at).total_seconds()

    async def _take_back(self, mine: Link, reason: str) -> None:
        """Seal the link again, unless a worker takes the press up: then the worker ends it."""
        entry = link_entry(self.clock.now(), AuditEvent.RELEASED, mine.pending_id, reason)
        if await self.store.release(mine, entry):
            raise WorkerAway(reason)

    async def _ended(
        self, mine: Link, pending: Pending, opener: Opener, over: str
    ) -> links.Reveal | None:
        """Tell how the opening ended; None while it goes on. `over` tells that no page waits."""
        link = await self.store.find(mine.id)
        if link is None or link.visit != mine.visit:
            return links.not_now(link)
        match link.state:
            case LinkState.OPENING:
                if over and link.since == mine.since:
                    await self._take_back(mine, over)
                return None
            case LinkState.OPENED:
                entry = revealed(self.clock.now(), pending, opener, "to the page that waited")
                sealed = await self.store.again(link, entry)
                if sealed is None:
                    return links.AlreadyOpened(link.since)
                signs = link.ended is Ended.SIGNS
                return links.Revealed(sealed, pending.fingerprint, signs=signs)
            case LinkState.SEALED:
                return _refused(link.ended)
            case LinkState.SHUT:  # by wrong passphrases, after it was sealed again
                return links.not_now(link)
            case _:
                assert_never(link.state)


def _refused(
    ended: Ended,
) -> links.NoLongerAllowed | links.MovesSigner | links.SignInFirst | links.Gone:
    match ended:
        case Ended.NOT_ALLOWED:
            return links.NoLongerAllowed()
        case Ended.MOVES_SIGNER:
            return links.MovesSigner()
        case Ended.NOT_SIGNED_IN:
            return links.SignInFirst()
        case Ended.GONE:
            return links.Gone(proven=True)
        case Ended.FAILED | Ended.OPENED | Ended.SIGNS:
            raise NotOpened("the worker could not open the link")
        case _:
            assert_never(ended)


@dataclass(frozen=True)
class PressRunner:
    """Opens queued links, in a process that has the account key."""

    store: LinkStore
    opener: LinkOpener
    clock: Clock

    async def __call__(self, link_id: str, since: str, trace: str) -> None:
        """Open the link if it waits since then; what is late, or ended, is left.

        What fails is ended already, or left to the recovery.
        """
        with about(trace):
            try:
                await self._run(link_id, since)
            except (KeysmithError, TimeoutError) as error:
                _log.warning("press_failed", reason=type(error).__name__)

    async def _run(self, link_id: str, since: str) -> None:
        link = await self.store.find(link_id)
        if link is None or link.since.isoformat() != since:
            return
        began, now = link.since, self.clock.now()
        pending = await self.store.pending(link.pending_id)
        late = now >= began + timedelta(seconds=TAKEN_UP_WITHIN + SKEW)
        if late or not link.opener or not pending:
            return
        now_about(link.pending_id)
        entry = link_entry(now, AuditEvent.BEGUN, pending, "taken up")
        if not await self.store.seize(link, now, entry):
            return
        async with asyncio.timeout(ENDS_WITHIN):
            await self.opener.go_on(replace(link, since=now), pending, link.opener, lambda: True)
