"""Links and pending credentials in Redis: the ciphertext in a key of its own, which expires.

States of a link (`bot.domain.links` has the table), and what each means here:

    SEALED   the ciphertext is here, its key in the link alone; the access key is disabled.
    OPENING  one process, identified by `since`, may enable the access key and take the ciphertext.
    OPENED   one page has the ciphertext; the same page may have it again for `SAME_PAGE` seconds.

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

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.redis import names, steps
from bot.adapters.redis.key_record_form import touched, writes_of
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.link_records import (
    LINK,
    PENDING,
    hash_of,
    over,
    still_opening,
    waits,
)
from bot.adapters.redis.names import LINK_BUNDLE, LINKS_OPENING, LINKS_WAITING
from bot.adapters.redis.owners import RedisOwners
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed, one_of_many
from bot.adapters.redis.steps import Lost, Step, exists, expire, field_is, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.key_records import KeyRecord
from bot.domain.links import Link, LinkState, SealedBundle
from bot.domain.pending import OwnKey, PendingCredentials, PendingState, collected_at
from bot.domain.people import Actor
from bot.domain.requests.notifications import Told
from bot.errors import StoreError
from bot.flows.links.recover import LEASE

REVOKE_TRIES: Final = 5  # of revoking credentials whose owner gets new links meanwhile
STORE_PAUSE: Final = 0.5  # seconds before Redis is asked again when it did not answer
SAME_PAGE: Final = 60  # seconds in which the page that opened a link may have its answer again


class RedisLinks(RedisOwners):
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
        super().__init__(store, signed)
        self._ledger = ledger
        self._link_ttl = int(link_ttl.total_seconds())
        self._claim_ttl = int(claim_ttl.total_seconds())

    async def add_pending(
        self,
        pending: PendingCredentials,
        entry: Entry,
        record: KeyRecord | None = None,
        also: tuple[Actor, ...] = (),
    ) -> None:
        """Store pending credentials, and the key's record; adding them again changes nothing.

        Approved ones are kept for good: their request reads what became of them, and a rotation or
        a roll back of the key reads when the access ends.
        """
        key, owned = names.pending_credentials(pending.id), names.pending_of(pending.owner)
        own = OwnKey(pending.owner, pending.environment_id, pending.api_key, also)
        ttl = None if pending.approved else self._claim_ttl
        writes = (
            self._signed.hset(key, {**PENDING.write(pending), "link": ""}),
            *((expire(key, ttl),) if ttl else ()),
            steps.set_(names.pending_for_key(pending.api_key), pending.id, ttl),
            zadd(owned, pending.made_at.timestamp(), pending.id),
            expire(owned, self._claim_ttl),
            *self.owning(own, pending.made_at),
            *(writes_of(self._signed, record) if record else ()),
        )
        await self._ledger.write(entry, writes, steps.absent(key))

    async def pending(self, pending_id: str) -> PendingCredentials | None:
        """Look pending credentials up; None where they have expired, or are not believed."""
        found = await self._signed.find(names.pending_credentials(pending_id))
        return PENDING.read(found, id=pending_id) if found else None

    find_pending = pending

    async def pending_for_key(self, api_key: str) -> PendingCredentials | None:
        """Look up the credentials that the key was created for, in any state."""
        pending_id = await self._store.text("GET", names.pending_for_key(api_key))
        found = await self.pending(pending_id) if pending_id else None
        if found and found.api_key != api_key:
            await self._signed.refused(names.pending_for_key(api_key), "it leads to another key's")
            return None
        return found

    async def revoke(self, pending: PendingCredentials, entry: Entry) -> None:
        """End credentials that wait, and their link with them."""
        record = names.pending_credentials(pending.id)
        for _ in range(REVOKE_TRIES):
            link = (await self._signed.read(record)).get("link", "")
            revoked, same = await self._signed.change(record, state=PendingState.REVOKED)
            writes = (revoked, steps.delete(names.sealed(link)), *over(pending))
            guards = (waits(pending), field_is(record, "link", link), same)
            done = await self._ledger.write(entry, writes, *guards)
            now = await self.pending(pending.id)
            if done or now is None or now.state is not PendingState.WAITING:
                return

    async def pending_of(self, actor: Actor) -> list[PendingCredentials]:
        """List the credentials that wait for this owner, newest first."""
        owned = [names.pending_of(form) for form in actor.forms]
        found = [await self._store.texts("ZREVRANGE", each, "0", "-1") for each in owned]
        pending = [await one_of_many(self.pending(each)) for ids in found for each in ids]
        own = [each for each in pending if each and each.owner == actor]
        waiting = [each for each in own if each.state is PendingState.WAITING]
        return sorted(waiting, key=lambda each: each.made_at, reverse=True)

    async def put(
        self, bundle: SealedBundle, pending: PendingCredentials, at: datetime, entry: Entry
    ) -> bool:
        """Store a new link in place of the former one; False where one was opened already."""
        record, key = names.pending_credentials(pending.id), names.link(bundle.link_id)
        former = (await self._signed.read(record)).get("link", "")
        ends = at + timedelta(seconds=self._link_ttl)
        placed, same = await self._signed.change(record, link=bundle.link_id)
        link = Link(
            *(bundle.link_id, pending.id, pending.environment_id, pending.api_key),
            *(bundle.proof_hash, LinkState.SEALED, at),
            there=True,
            ends=ends,
        )
        writes = (
            steps.delete(names.sealed(former)),
            self._signed.hset(key, LINK.write(link) | {LINK_BUNDLE: hash_of(bundle.ciphertext)}),
            expire(key, self._claim_ttl),
            steps.set_(names.sealed(bundle.link_id), bundle.ciphertext, self._link_ttl),
            zadd(LINKS_WAITING, ends.timestamp(), pending.id),
            placed,
        )
        guards = (waits(pending), field_is(record, "link", former), same)
        return await self._ledger.write(entry, writes, *guards)

    async def find(self, link_id: str) -> Link | None:
        """Look a link up; None where there is none, or it is not believed."""
        found = await self._signed.find(names.link(link_id))
        if not found:
            return None
        there = await self._store.call("EXISTS", names.sealed(link_id)) == 1
        return LINK.read(found, id=link_id, there=there, visit=found.get("visit", ""))

    async def start(self, link: Link, at: datetime, entry: Entry) -> bool:
        """SEALED → OPENING; one process wins, and the ciphertext outlives its opening."""
        record, sealed = names.link(link.id), names.sealed(link.id)
        left, lease = await self._store.call("TTL", sealed), int(LEASE.total_seconds())
        opening = {"state": LinkState.OPENING, "since": at.isoformat()}
        change, same = await self._signed.change(record, **opening)
        writes = (
            change,
            steps.persist(record),
            zadd(LINKS_OPENING, at.timestamp(), link.id),
            *((expire(sealed, lease),) if left in range(lease) else ()),
        )
        guards = (field_is(record, "state", LinkState.SEALED), exists(sealed), same)
        return await self._ledger.write(entry, writes, *guards)

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
        recovery disables it again. After this step nothing looks at the key. Where the opening was
        stored all the same, its page gets no answer again.
        """
        record = names.link(link.id)
        change, same = await self._signed.change(record, state=LinkState.SEALED)
        writes = (change, expire(record, self._claim_ttl), zrem(LINKS_OPENING, link.id))
        released = await self._ledger.write(entry, writes, *still_opening(link), same)
        found = None if released or not link.visit else await self.find(link.id)
        if found and (found.state, found.visit) == (LinkState.OPENED, link.visit):
            await self._store.call("DEL", names.sealed(link.id))
        return released

    async def take(
        self, link: Link, pending: PendingCredentials, at: datetime, entry: Entry, told: Told = ()
    ) -> str | None:
        """OPENING → OPENED, with the ciphertext; None where it is no longer there.

        The access key is enabled by now, and the result decides whether it stays so: None makes the
        caller disable it. So the result must match what is stored.

        1. The ciphertext is read before the step: an answer that is lost must not take it along.
        2. The step happens once. Its guards hold this opening, the WAITING credentials and the
           ciphertext, so that a recovery, a newer link or an expiry in between makes it lose.
        3. A Redis that goes away during the step may have carried it out. The step is tried again
           for as long as the caller waits: one that happened loses the second time, and then the
           stored state and time prove that it was this very call. A caller that gives up leaves
           the link OPENING or OPENED; it disables the key, and its release decides.
        4. The replicas have the step first: else a failover could make the link SEALED again.
        """
        record, sealed = names.link(link.id), names.sealed(link.id)
        ciphertext = await self._ciphertext(link)
        opened = {"state": LinkState.OPENED, "since": at.isoformat(), "visit": link.visit}
        collected = collected_at(pending, at)
        change, same = await self._signed.change(record, **opened)
        waiting = names.pending_credentials(pending.id)
        claimed, still = await self._signed.change(waiting, state=PendingState.CLAIMED)
        writes = (
            expire(sealed, SAME_PAGE) if link.visit else steps.delete(sealed),
            change,
            expire(record, self._claim_ttl),
            claimed,
            zrem(LINKS_OPENING, link.id),
            *over(pending),
            *map(queued, told),
        )
        guards = (*still_opening(link), waits(pending), exists(sealed), same, still)
        while True:
            try:
                recorded, same_record = await touched(self._signed, collected)
                step = Step((entry,), (*writes, *recorded), (*guards, *same_record))
                done = await self._ledger.commit(replace(step, replicated=True))
                taken = not isinstance(done, Lost) or await self._opened(link, at)
            except StoreError:
                await asyncio.sleep(STORE_PAUSE)
            else:
                if isinstance(done, Lost) and done.place == len(guards) and not taken:
                    continue  # only the key's record has changed meanwhile
                return ciphertext if taken else None

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
        """Read a link's ciphertext, which must be the one that its record names."""
        found = await self._store.text("GET", names.sealed(link.id))
        record = await self._signed.read(names.link(link.id))
        if found is not None and hash_of(found) != record.get(LINK_BUNDLE):
            raise await self._signed.refused(names.link(link.id), "its ciphertext is another one")
        return found

    async def _opened(self, link: Link, at: datetime) -> bool:
        """Whether the link was opened at that very time."""
        found = await self.find(link.id)
        return found is not None and (found.state, found.since) == (LinkState.OPENED, at)

    async def half_open(self, before: datetime) -> list[Link]:
        """List the links that have been OPENING since before that time."""
        until = ("-inf", str(before.timestamp()))
        found = await self._store.texts("ZRANGEBYSCORE", LINKS_OPENING, *until)
        links = [await one_of_many(self.find(each)) for each in found]
        return [link for link in links if link]
