"""Live links in Redis: found by the index of what waits, ended in one step."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.link_records import link_of, pending_of, waits
from bot.adapters.redis.names import LINKS_NEXT, LINKS_WAITING
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed, leave_out
from bot.adapters.redis.steps import Applied, Lost, Step, delete, exists, zadd
from bot.adapters.redis.store import Store
from bot.adapters.redis.turns import take_turn
from bot.domain.audit import Entry
from bot.domain.live_links import LiveLink
from bot.domain.requests.notifications import Told
from bot.errors import StoreError, Unread
from bot.flows.links.recover import LEASE

EVERY: Final = 50
"""Seconds between two looks at them; a worker's timer asks each minute."""
TRIES: Final = 5
"""Of ending a link whose credentials change meanwhile."""


class RedisLiveLinks:
    """The live links of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def turn(self) -> bool:
        """Take the turn to look at some of them; one process of all gets it."""
        return await take_turn(self._store, LINKS_NEXT, 0, EVERY)

    async def every(self, now: datetime) -> list[LiveLink]:
        """List all, the one that ends first before the others."""
        # An opening that began just before its link's end has until the end of its lease.
        since = (str((now - LEASE).timestamp()), "+inf")
        return await self.among(
            await self._store.texts("ZRANGEBYSCORE", LINKS_WAITING, *since), now
        )

    async def among(self, pending_ids: Sequence[str], now: datetime) -> list[LiveLink]:
        """List those to these credentials, in their order."""
        records = [names.pending_credentials(each) for each in pending_ids]
        waiting = await self._signed.find_many(records)
        ids = {key: found.get("link", "") for key, found in waiting.items()}
        links = await self._signed.find_many([names.link(each) for each in ids.values()])
        lefts = await self._store.many(*(("TTL", names.sealed(each)) for each in ids.values()))
        left_of = dict(zip(ids, lefts, strict=True))
        found = list[LiveLink]()
        for key, pending_id in zip(records, pending_ids, strict=True):
            if key not in ids or names.link(ids[key]) not in links:
                continue
            try:
                link = link_of(ids[key], links[names.link(ids[key])], left_of[key])
                found.append(LiveLink(link, pending_of(pending_id, waiting[key])))
            except Unread as error:
                leave_out(error)
        return [each for each in found if each.lives(now)]

    async def end(self, live: LiveLink, at: datetime, entry: Entry, told: Told) -> bool:
        """End one, and tell people, in one step; False if it is not live any more.

        Its ciphertext goes, and its record stays: an opening that goes on finds nothing to take,
        and disables the key. Where its process dies, the recovery does that. The replicas have the
        step first, since a failover could give the ciphertext back. The credentials name it no
        more, under their MAC: so a ciphertext that was kept elsewhere, and is put back, opens
        nothing.
        """
        pending, sealed = live.pending, names.sealed(live.link.id)
        record = names.pending_credentials(pending.id)
        for _ in range(TRIES):
            found = await self._signed.read(record)
            if found.get("link") != live.link.id:
                return False
            over, same = self._signed.changed(record, found, link="")
            listed = zadd(LINKS_WAITING, at.timestamp(), pending.id)
            writes = (delete(sealed), over, listed, *map(queued, told))
            guards = (waits(pending), exists(sealed), same)  # a newer link has deleted it
            done = await self._ledger.commit(Step((entry,), writes, guards, replicated=True))
            if not isinstance(done, Lost) or done.place < len(guards) - 1:
                return isinstance(done, Applied)
        raise StoreError("the credentials keep changing")
