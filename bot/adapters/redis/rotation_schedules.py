"""Schedules of rotation in Redis: a signed record for each key, and an index by the next look."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import ROTATIONS_DUE
from bot.adapters.redis.requests import queued
from bot.adapters.redis.rotation_schedule_form import SCHEDULE, ended_of, writes_of
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.requests.notifications import Notification
from bot.domain.rotation_schedules import LOOK_AGAIN, RotationSchedule


class RedisRotationSchedules:
    """The schedules of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def find(self, api_key: str) -> RotationSchedule | None:
        """Read the schedule of a key."""
        return (await self.find_many([api_key])).get(api_key)

    async def find_many(self, api_keys: Sequence[str]) -> Mapping[str, RotationSchedule]:
        """Read many."""
        keys = {names.rotation_schedule(each): each for each in api_keys}
        found = await self._signed.find_many([*keys])
        return {keys[key]: SCHEDULE.read(it, api_key=keys[key]) for key, it in found.items()}

    async def replace(
        self,
        api_key: str,
        before: RotationSchedule | None,
        after: RotationSchedule | None,
        entry: Entry,
        notifications: Sequence[Notification] = (),
    ) -> bool:
        """Write or end a schedule, if it is still as it was."""
        same = await self._signed.as_it_is(names.rotation_schedule(api_key))
        if await self.find(api_key) != before:
            return False
        writes = writes_of(self._signed, after, entry.at) if after else ended_of(api_key)
        return await self._ledger.write(entry, (*writes, *map(queued, notifications)), same)

    async def due(self, now: datetime, most: int) -> list[RotationSchedule]:
        """List those that are to be looked at."""
        limit = ("LIMIT", "0", str(most))
        ids = await self._store.texts(
            "ZRANGEBYSCORE", ROTATIONS_DUE, "-inf", str(now.timestamp()), *limit
        )
        found = await self.find_many(ids)
        for each in (it for it in ids if it not in found):  # it must not keep the others waiting
            await self.postpone(each, now + LOOK_AGAIN)
        return [found[each] for each in ids if each in found]

    async def postpone(self, api_key: str, until: datetime) -> None:
        """Look at one again then."""
        await self._store.call("ZADD", ROTATIONS_DUE, "XX", str(until.timestamp()), api_key)
