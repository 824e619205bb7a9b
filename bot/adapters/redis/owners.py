"""Whose a key is, in Redis: a signed record for each, and an index for each person, for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.adapters.redis import names
from bot.adapters.redis.link_records import OWN_KEY
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Write, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.pending import OwnKey
from bot.domain.people import Actor


class RedisOwners:
    """The owners of keys, for every process that shares this Redis."""

    def __init__(self, store: Store, signed: Signed) -> None:
        self._store = store
        self._signed = signed

    def owning(self, own: OwnKey, at: datetime) -> tuple[Write, ...]:
        """Write whose key it is, as part of a step."""
        return (
            self._signed.hset(names.owner(own.api_key), OWN_KEY.write(own)),
            *(zadd(names.keys_of(each), at.timestamp(), own.api_key) for each in own.holders),
        )

    async def assigning(self, own: OwnKey, at: datetime) -> tuple[Write, ...]:
        """Write whose key it is from now on; the index of each former holder loses it."""
        former = await self.owner_of(own.api_key)
        left = [it for it in former.holders if it not in own.holders] if former else []
        gone = (zrem(names.keys_of(form), own.api_key) for it in left for form in it.forms)
        return *gone, *self.owning(own, at)

    async def keys_of(self, actor: Actor) -> list[OwnKey]:
        """List the keys that this person owns or co-owns, newest first."""
        indexes = [names.keys_of(form) for form in actor.forms]
        listed = [await self._store.texts("ZREVRANGE", each, "0", "-1") for each in indexes]
        ids = [api_key for each in listed for api_key in each]
        found = await self.owners_of(ids)
        return [found[it] for it in ids if it in found and actor in found[it].holders]

    async def owner_of(self, api_key: str) -> OwnKey | None:
        """Read whose key it is; None where it is no one's, or the record is not believed."""
        return (await self.owners_of([api_key])).get(api_key)

    async def owners_of(self, api_keys: Sequence[str]) -> Mapping[str, OwnKey]:
        """Read whose keys these are, by API key; those without an owner are left out."""
        found = await self._signed.find_many([names.owner(each) for each in api_keys])
        own = map(OWN_KEY.read, found.values())
        return {each.api_key: each for each in own}
