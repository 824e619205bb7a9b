"""Links in memory: `LinkStore` and `LiveLinks`, beside the credentials of the other fakes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.audit import Entry
from bot.domain.links import Ended, Link, LinkState, Opener, SealedBundle
from bot.domain.live_links import LiveLink
from bot.domain.passphrases import Lock
from bot.domain.pending import PendingCredentials, PendingState, collected_at
from bot.domain.requests.notifications import Notification, Told
from tests.fakes.pending import LINK_TTL, FakePending
from tests.fakes.requests import FakeRequests


@dataclass
class FakeLinkStore:
    """`entries` is the audit log; a ciphertext is gone once it was taken."""

    waiting: FakePending
    requests: FakeRequests
    entries: list[Entry] = field(default_factory=list)
    ttl: timedelta = LINK_TTL
    told: list[Notification] = field(default_factory=list)
    _links: dict[str, Link] = field(default_factory=dict)
    presses: list[tuple[str, str]] = field(default_factory=list)
    _sealed: dict[str, str] = field(default_factory=dict)
    _shown: dict[str, str] = field(default_factory=dict)

    async def put(
        self,
        bundle: SealedBundle,
        pending: PendingCredentials,
        at: datetime,
        entry: Entry,
        at_most: timedelta | None = None,
    ) -> bool:
        """Store a link in place of the former one."""
        if not await self._waits(pending.id):
            return False
        await self.waiting.protect(pending)
        for link in self._links.values():
            if link.pending_id == pending.id:
                self._sealed.pop(link.id, None)
        self._links[bundle.link_id] = Link(
            *(bundle.link_id, pending.id, pending.environment_id, pending.api_key),
            *(bundle.proof_hash, LinkState.SEALED, at),
            there=True,
            ends=at + min(self.ttl, at_most or self.ttl),
            lock=bundle.lock,
        )
        self._sealed[bundle.link_id] = bundle.ciphertext
        self.entries.append(entry)
        return True

    async def find(self, link_id: str) -> Link | None:
        """Look a link up."""
        link = self._links.get(link_id)
        return replace(link, there=link_id in self._sealed) if link else None

    async def proven(
        self, link_id: str, proof_hash: str
    ) -> tuple[Link, PendingCredentials | None] | None:
        """Look a link up by its proof too."""
        link = await self.find(link_id)
        if link is None or link.proof_hash != proof_hash:
            return None
        return link, await self.pending(link.pending_id)

    async def pending(self, pending_id: str) -> PendingCredentials | None:
        """Look pending credentials up."""
        return await self.waiting.find_pending(pending_id)

    async def miss(
        self, link: Link, lock: Lock, at: datetime, entry: Entry, told: Told = ()
    ) -> bool:
        """Count a wrong passphrase; the last one takes the ciphertext away."""
        now = self._links[link.id]
        if (now.state, now.lock) != (LinkState.SEALED, link.lock):
            return False
        self.told += told
        if lock.left:
            return self._write(replace(now, lock=lock), entry)
        self._sealed.pop(link.id, None)
        return self._write(replace(now, lock=lock, state=LinkState.SHUT, since=at), entry)

    async def start(
        self, link: Link, at: datetime, entry: Entry, opener: Opener | None = None
    ) -> bool:
        """SEALED → OPENING, and queued where it has an opener."""
        if self._links[link.id].state is not LinkState.SEALED or link.id not in self._sealed:
            return False
        lock = self._links[link.id].lock
        starts = self._links[link.id].starts + 1
        opening = replace(link, state=LinkState.OPENING, since=at, lock=lock, starts=starts)
        if opener:
            opening = replace(opening, visit=opener.visit, opener=opener, ended=Ended.FAILED)
            self.presses.append((link.id, at.isoformat()))
        return self._write(opening, entry)

    async def seize(self, link: Link, at: datetime, entry: Entry) -> bool:
        """Take an opening over."""
        return self._opens(link) and self._write(replace(link, since=at), entry)

    async def release(self, link: Link, entry: Entry) -> bool:
        """OPENING → SEALED."""
        sealed = replace(link, state=LinkState.SEALED)
        return self._opens(link) and self._write(sealed, entry)

    async def forget(self, link: Link) -> None:
        """Nothing is left of an opening that has ended."""

    async def take(
        self, link: Link, pending: PendingCredentials, at: datetime, entry: Entry, told: Told = ()
    ) -> str | None:
        """OPENING → OPENED, with the ciphertext; its owner has the credentials from then on."""
        there = link.id in self._sealed and await self._waits(pending.id)
        if not there or not self._opens(link):
            return None
        self._write(replace(link, state=LinkState.OPENED, since=at), entry)
        self.told += told
        self.waiting.collect(pending.id)
        self.waiting.records.touch(collected_at(pending, at))
        if pending.approved:
            self.requests.wake(pending.id)
        taken = self._sealed.pop(link.id)
        self._shown |= {link.id: taken} if link.visit else {}
        return taken

    async def again(self, link: Link, entry: Entry) -> str | None:
        """Give the ciphertext of a link that a page with a visit has opened."""
        self.entries.append(entry)
        return self._shown.get(link.id)

    async def half_open(self, before: datetime) -> list[Link]:
        """Links whose opening began before that time."""
        opening = (it for it in self._links.values() if it.state is LinkState.OPENING)
        return [link for link in opening if link.since < before]

    async def turn(self) -> bool:
        """Always take the turn."""
        return True

    async def every(self, now: datetime) -> list[LiveLink]:
        """List the live links."""
        found = [
            LiveLink(replace(link, there=link.id in self._sealed), pending)
            for link in self._links.values()
            if (pending := await self.pending(link.pending_id))
        ]
        alive = [each for each in found if each.lives(now)]
        return sorted(alive, key=lambda each: each.link.ends or now)

    async def among(self, pending_ids: Sequence[str], now: datetime) -> list[LiveLink]:
        """List those to these credentials."""
        found = {each.pending.id: each for each in await self.every(now)}
        return [found[each] for each in pending_ids if each in found]

    async def end(self, live: LiveLink, at: datetime, entry: Entry, told: Told) -> bool:
        """End one, if it is live."""
        if live.link.id not in self._sealed or not await self._waits(live.pending.id):
            return False
        del self._sealed[live.link.id], at
        self.entries.append(entry)
        self.told += told
        return True

    @property
    def opening(self) -> set[str]:
        """The API keys of links that are being opened."""
        return {it.api_key for it in self._links.values() if it.state is LinkState.OPENING}

    async def _waits(self, pending_id: str) -> bool:
        found = await self.waiting.find_pending(pending_id)
        return found is not None and found.state is PendingState.WAITING

    def _opens(self, link: Link) -> bool:
        now = self._links[link.id]
        return (now.state, now.since) == (LinkState.OPENING, link.since)

    def _write(self, link: Link, entry: Entry) -> bool:
        self._links[link.id] = link
        self.entries.append(entry)
        return True
