"""How the ciphertext of a link leaves Redis: `take` ends an opening, `again` repeats its answer."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.redis import names, steps
from bot.adapters.redis.key_record_form import touched
from bot.adapters.redis.link_records import (
    Read,
    begun,
    ended_as,
    hash_of,
    link_of,
    over,
    still_opening,
    waits,
)
from bot.adapters.redis.link_tries import RedisTries
from bot.adapters.redis.names import LINK_BUNDLE, LINKS_OPENING
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import Guard, Lost, Step, Write, exists, expire, field_is, zrem
from bot.domain.audit import Entry
from bot.domain.links import Link, LinkState
from bot.domain.pending import PendingCredentials, PendingState, collected_at
from bot.domain.requests.notifications import Told
from bot.errors import AlteredRecord, StoreError, UnknownKey

STORE_PAUSE: Final = 0.5  # seconds before Redis is asked again when it did not answer
SAME_PAGE: Final = 60  # seconds in which the page that opened a link may have its answer again


class RedisTakes(RedisTries):
    """Lets the ciphertexts of links go."""

    async def find(self, link_id: str) -> Link | None:
        """Look a link up; None where there is none, or it is not believed."""
        found = await self._signed.find(names.link(link_id))
        if not found:
            return None
        return link_of(link_id, found, await self._store.call("TTL", names.sealed(link_id)))

    async def read(
        self, link_id: str, pending_id: str, api_key: str, *beside: tuple[str, ...]
    ) -> tuple[Read, list[object]]:
        """Read what an opening changes in one round trip, and what commands beside it answer.

        Raises as `Signed.read`.
        """
        records = names.link(link_id), names.pending_credentials(pending_id)
        its_key, commands = names.key_record(api_key), (("GET", names.sealed(link_id)), *beside)
        try:
            found, (text, *more) = await self._signed.read_all((*records, its_key), *commands)
        except (AlteredRecord, UnknownKey):  # the key's record alone must not hold the link up
            found, (text, *more) = await self._signed.read_all(records, *commands)
        key = {its_key: found[2]} if len(found) > len(records) else {}
        return Read(found[0], found[1], key, text), more

    async def take(
        self, link: Link, pending: PendingCredentials, at: datetime, entry: Entry, told: Told = ()
    ) -> str | None:
        """OPENING → OPENED, with the ciphertext; None where it is no longer there.

        The access key is enabled by now, and the result decides whether it stays so: None makes the
        caller disable it. So the result must match what is stored.

        1. The ciphertext is read before the step: an answer that is lost must not take it along.
        2. The step happens once. Its guards hold this opening, the WAITING credentials that name
           this link, and the ciphertext, so that a recovery, a newer link, an end or an expiry in
           between makes it lose. Where only a record has changed since it was read, it is read
           again.
        3. A Redis that goes away during the step may have carried it out. The step is tried again
           for as long as the caller waits: one that happened loses the second time, and then the
           stored state and time prove that it was this very call. A caller that gives up leaves
           the link OPENING or OPENED; it disables the key, and its release decides.
        4. The replicas have the step first: else a failover could make the link SEALED again.
        """
        current = field_is(names.pending_credentials(pending.id), "link", link.id)
        decides = (*still_opening(link), waits(pending), current, exists(names.sealed(link.id)))
        read = self._as_started(link)
        while True:
            try:
                if read is None:
                    read, _ = await self.read(link.id, pending.id, pending.api_key)
                ciphertext = await self._own(link, read.link, read.ciphertext)
                writes, same = await self._opens(link, pending, at, read)
                step = Step((entry,), (*writes, *map(queued, told)), (*decides, *same))
                done = await self._ledger.commit(replace(step, replicated=True))
                if not isinstance(done, Lost) or await self._opened(link, at):
                    return ciphertext
                if done.place < len(decides):
                    return None
                read = None
            except StoreError as error:
                if read is None or isinstance(error, AlteredRecord):
                    raise
                await asyncio.sleep(STORE_PAUSE)

    def _as_started(self, link: Link) -> Read | None:
        """What Redis has since the link was started, if it was read before that.

        The guards of the records hold only where it is so.
        """
        read = link.read
        if not isinstance(read, Read) or read.link.get("state") != LinkState.SEALED:
            return None
        key = names.link(link.id)
        started = self._signed.after(key, read.link, **begun(read.link, link.since, None))
        return replace(read, link=started)

    async def _opens(
        self, link: Link, pending: PendingCredentials, at: datetime, read: Read
    ) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
        """Write that the link is opened, and guard what was read."""
        record, sealed = names.link(link.id), names.sealed(link.id)
        opened = {"state": LinkState.OPENED, "since": at.isoformat(), "visit": link.visit}
        change, same = self._signed.changed(record, read.link, **opened, **ended_as(link))
        waiting, over_now = names.pending_credentials(pending.id), PendingState.CLAIMED
        claimed, still = self._signed.changed(waiting, read.pending, state=over_now, passphrase="")
        recorded, same_key = await touched(self._signed, collected_at(pending, at), known=read.key)
        writes = (
            expire(sealed, SAME_PAGE) if link.visit else steps.delete(sealed),
            change,
            expire(record, self._claim_ttl),
            claimed,
            zrem(LINKS_OPENING, link.id),
            *over(pending),
            *recorded,
        )
        return writes, (same, still, *same_key)

    async def again(self, link: Link, entry: Entry) -> str | None:
        """Give the ciphertext of an OPENED link once more, while it is there."""
        sealed = names.sealed(link.id)
        if entry.at >= link.since + timedelta(seconds=SAME_PAGE):
            return None
        ciphertext = await self._ciphertext(link)
        guards = (field_is(names.link(link.id), "state", LinkState.OPENED), exists(sealed))
        there = await self._ledger.write(entry, (), *guards, replicated=True)
        return ciphertext if there else None

    async def _ciphertext(self, link: Link) -> str | None:
        """Read a link's ciphertext."""
        (record,), (text,) = await self._signed.read_all(
            (names.link(link.id),), ("GET", names.sealed(link.id))
        )
        return await self._own(link, record, text)

    async def _own(self, link: Link, record: dict[str, str], text: object) -> str | None:
        """Give a ciphertext that was read, which must be the one that its link's record names."""
        if text is None:
            return None
        if hash_of(str(text)) != record.get(LINK_BUNDLE):
            raise await self._signed.refused(names.link(link.id), "its ciphertext is another one")
        return str(text)

    async def _opened(self, link: Link, at: datetime) -> bool:
        """Whether the link was opened at that very time."""
        found = await self.find(link.id)
        return found is not None and (found.state, found.since) == (LinkState.OPENED, at)
