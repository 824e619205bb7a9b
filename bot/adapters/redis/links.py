"""Links and pending credentials in Redis: the ciphertext in a key of its own, which expires.

States of a link (`bot.domain.links` has the table), and what each means here:

    SEALED   the ciphertext is here, its key in the link alone; the access key is disabled.
    OPENING  one process, identified by `since`, may enable the access key and take the ciphertext.
    OPENED   one page has the ciphertext; the same page may have it again for `SAME_PAGE` seconds.
    SHUT   too many wrong passphrases; the ciphertext is gone (`link_tries.py`).

Invariants
1. Every change is one step of the ledger, guarded by the state that it changes: of many presses one
   starts an opening, and of many processes that end an opening one does.
2. An opening belongs to the `since` it was started with. `seize` writes another, after which `take`
   and `release` of the former holder lose.
3. An access key that is enabled has an OPENED link, or an OPENING one that is in the index of
   openings: a recovery finds it there and disables the key. So the record of an OPENING link does
   not expire, and its ciphertext outlives the lease.
4. Credentials are WAITING until one of their links is OPENED; `take` requires it, so that a former
   link that is still OPENING when a newer one was opened gives nothing.

What a crash leaves, by the call that it follows
    start             OPENING. Nothing was enabled. The recovery seizes it after the lease, disables
                      the access key, and releases the link, which then can be pressed again.
    enabling the key  The same, and that is why the recovery disables before it releases.
    take              OPENED. The ciphertext is gone, or goes in `SAME_PAGE` seconds. The page that
                      pressed may ask again; where it does not, the key is live and was not shown,
                      and its owner asks for another.
    release           SEALED, the access key disabled: as before the press.
    seize             OPENING with a new `since`: the next recovery seizes it after another lease.
"""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.redis import names, steps
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.link_records import (
    LINK,
    Read,
    begun,
    ended_as,
    hash_of,
    link_of,
    pending_of,
    queued_press,
    still_opening,
    waits,
)
from bot.adapters.redis.link_takes import RedisTakes
from bot.adapters.redis.link_tries import protecting
from bot.adapters.redis.names import LINK_BUNDLE, LINK_PENDING, LINKS_OPENING, LINKS_WAITING
from bot.adapters.redis.signed import Signed, one_of_many
from bot.adapters.redis.steps import Applied, Lost, Step, exists, expire, field_is, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.links import Link, LinkState, Opener, SealedBundle
from bot.domain.pending import PendingCredentials
from bot.errors import AlteredRecord
from bot.flows.links.recover import LEASE

STORE_PAUSE: Final = 0.5  # seconds before Redis is asked again when it did not answer
SAME_PAGE: Final = 60  # seconds in which the page that opened a link may have its answer again


class RedisLinks(RedisTakes):
    """The links of every process that shares this Redis; times to live are in seconds."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        signed: Signed,
        *,
        link_ttl: timedelta,
        claim_ttl: timedelta,
    ) -> None:
        super().__init__(store, ledger, signed, claim_ttl)
        self._link_ttl = int(link_ttl.total_seconds())

    async def put(
        self,
        bundle: SealedBundle,
        pending: PendingCredentials,
        at: datetime,
        entry: Entry,
        at_most: timedelta | None = None,
    ) -> bool:
        """Store a new link in place of the former one; False where one was opened already."""
        record, key = names.pending_credentials(pending.id), names.link(bundle.link_id)
        found = await self._signed.read(record)
        ttl = min(self._link_ttl, int(at_most.total_seconds()) if at_most else self._link_ttl)
        former, ends = found.get("link", ""), at + timedelta(seconds=ttl)
        protects = protecting(found, pending)
        placed, same = self._signed.changed(record, found, link=bundle.link_id, **protects)
        link = Link(
            *(bundle.link_id, pending.id, pending.environment_id, pending.api_key),
            *(bundle.proof_hash, LinkState.SEALED, at),
            there=True,
            ends=ends,
            lock=bundle.lock,
        )
        writes = (
            steps.delete(names.sealed(former)),
            self._signed.hset(key, LINK.write(link) | {LINK_BUNDLE: hash_of(bundle.ciphertext)}),
            expire(key, self._claim_ttl),
            steps.set_(names.sealed(bundle.link_id), bundle.ciphertext, ttl),
            zadd(LINKS_WAITING, ends.timestamp(), pending.id),
            placed,
        )
        guards = (waits(pending), field_is(record, "link", former), same)
        return await self._ledger.write(entry, writes, *guards)

    async def proven(
        self, link_id: str, proof_hash: str
    ) -> tuple[Link, PendingCredentials | None] | None:
        """Look up a link with this hash, and its credentials; None where it is not believed.

        One call decides about a wrong hash, the same for every id: no time tells which ids exist.
        What it answers is not proven yet, so the records are read then.
        """
        stored = await self._store.call(
            "HMGET", names.link(link_id), "proof", LINK_PENDING, "api_key"
        )
        proof, *ids = stored if isinstance(stored, list) else ("", "", "")
        if not hmac.compare_digest(str(proof).encode(), proof_hash.encode()):
            return None
        pending_id, api_key = map(str, ids)
        try:
            read, (left,) = await self.read(
                link_id, pending_id, api_key, ("TTL", names.sealed(link_id))
            )
        except AlteredRecord:  # then each is looked at by itself
            link = await self.find(link_id)
            return (link, await self.pending(link.pending_id)) if link else None
        if not read.link:
            return None
        link = link_of(link_id, read.link, left, read)
        if link.pending_id != pending_id:
            return link, await self.pending(link.pending_id)
        if read.pending.get("link") != link_id:  # over, even if its ciphertext was put back
            link = replace(link, there=False)
        return link, pending_of(pending_id, read.pending) if read.pending else None

    async def start(
        self, link: Link, at: datetime, entry: Entry, opener: Opener | None = None
    ) -> bool:
        """SEALED → OPENING; one process wins, and the ciphertext outlives its opening.

        With an `opener`, the same step queues it for a worker.
        """
        record, sealed = names.link(link.id), names.sealed(link.id)
        lease = int(LEASE.total_seconds())
        read = link.read.link if isinstance(link.read, Read) else {}
        for found in (read, {}):  # what was read before may have changed
            known = found or await self._signed.read(record)
            change, same = self._signed.changed(record, known, **begun(known, at, opener))
            writes = (
                change,
                steps.persist(record),
                zadd(LINKS_OPENING, at.timestamp(), link.id),
                *((expire(sealed, lease),) if link.left in range(lease) else ()),
                *((queued_press(link, at),) if opener else ()),
            )
            guards = (field_is(record, "state", LinkState.SEALED), exists(sealed), same)
            done = await self._ledger.commit(Step((entry,), writes, guards))
            if not (isinstance(done, Lost) and done.place == len(guards) - 1):
                return isinstance(done, Applied)
        return False

    async def seize(self, link: Link, at: datetime, entry: Entry) -> bool:
        """Take an opening over from a process that died: it can't take the ciphertext now."""
        change, same = await self._signed.change(names.link(link.id), since=at.isoformat())
        writes = (change, zadd(LINKS_OPENING, at.timestamp(), link.id))
        return await self._ledger.write(entry, writes, *still_opening(link), same)

    async def forget(self, link: Link) -> None:
        """Remove an opening that has ended from the index of openings."""
        found = await self.find(link.id)
        if found is None or found.state is not LinkState.OPENING:
            await self._store.call("ZREM", LINKS_OPENING, link.id)

    async def release(self, link: Link, entry: Entry) -> bool:
        """OPENING → SEALED, where it is still this very opening.

        The caller has disabled the access key: a crash in between leaves it OPENING, and the
        recovery disables it again. An opening that was stored all the same gets no answer again.
        """
        record = names.link(link.id)
        change, same = await self._signed.change(record, state=LinkState.SEALED, **ended_as(link))
        writes = (change, expire(record, self._claim_ttl), zrem(LINKS_OPENING, link.id))
        released = await self._ledger.write(entry, writes, *still_opening(link), same)
        found = None if released or not link.visit else await self.find(link.id)
        if found and (found.state, found.visit) == (LinkState.OPENED, link.visit):
            await self._store.call("DEL", names.sealed(link.id))
        return released

    async def half_open(self, before: datetime) -> list[Link]:
        """List the links that have been OPENING since before that time."""
        until = ("-inf", str(before.timestamp()))
        found = await self._store.texts("ZRANGEBYSCORE", LINKS_OPENING, *until)
        links = [await one_of_many(self.find(each)) for each in found]
        return [link for link in links if link]
