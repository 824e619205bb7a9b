"""Pending credentials in Redis: for whom a key was created that no one has collected yet."""

from datetime import timedelta
from typing import Final

from bot.adapters.redis import names, steps
from bot.adapters.redis.key_record_form import writes_of
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.link_records import PENDING, over, pending_of, waits
from bot.adapters.redis.owners import RedisOwners
from bot.adapters.redis.requests import queued
from bot.adapters.redis.signed import Signed, one_of_many
from bot.adapters.redis.steps import expire, field_is, zadd
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.key_records import KeyRecord
from bot.domain.pending import OwnKey, PendingCredentials, PendingState
from bot.domain.people import Actor
from bot.domain.requests.notifications import Told

REVOKE_TRIES: Final = 5  # of revoking credentials whose owner gets new links meanwhile


class RedisPending(RedisOwners):
    """The pending credentials of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed, claim_ttl: timedelta) -> None:
        super().__init__(store, signed)
        self._ledger = ledger
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
        """Look pending credentials up; None where they have expired, or are not believed.

        Raises `Unread` where another version wrote them.
        """
        found = await self._signed.find(names.pending_credentials(pending_id))
        return pending_of(pending_id, found) if found else None

    find_pending = pending

    async def pending_for_key(self, api_key: str) -> PendingCredentials | None:
        """Look up the credentials that the key was created for, in any state."""
        pending_id = await self._store.text("GET", names.pending_for_key(api_key))
        found = await self.pending(pending_id) if pending_id else None
        if found and found.api_key != api_key:
            await self._signed.refused(names.pending_for_key(api_key), "it leads to another key's")
            return None
        return found

    async def revoke(self, pending: PendingCredentials, entry: Entry, told: Told = ()) -> None:
        """End credentials that wait, and their link with them, and queue what is told of it."""
        record = names.pending_credentials(pending.id)
        for _ in range(REVOKE_TRIES):
            link = (await self._signed.read(record)).get("link", "")
            ends = {"state": PendingState.REVOKED, "passphrase": ""}
            revoked, same = await self._signed.change(record, **ends)
            gone = (steps.delete(names.sealed(link)), *over(pending))
            writes = (revoked, *gone, *map(queued, told))
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
