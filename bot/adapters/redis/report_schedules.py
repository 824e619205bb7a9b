"""Weekly reports in Redis: a signed record for each channel, and an index by when they are due."""

from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import REPORTS_DUE
from bot.adapters.redis.records import ACTOR, PLAIN, TIME, Record
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import Write, delete, zadd, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry
from bot.domain.report_schedules import ReportSchedule

SCHEDULE: Final = Record(ReportSchedule, ACTOR("by"), TIME("since", "next_at"), PLAIN("job"))


class RedisReportSchedules:
    """The schedules of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger, signed: Signed) -> None:
        self._store = store
        self._ledger = ledger
        self._signed = signed

    async def find(self, channel: str) -> ReportSchedule | None:
        """Read a channel's schedule."""
        found = await self._signed.find_one_of_many(names.report_schedule(channel))
        return SCHEDULE.read(found, channel=channel) if found else None

    async def replace(
        self,
        channel: str,
        before: ReportSchedule | None,
        after: ReportSchedule | None,
        entry: Entry,
    ) -> bool:
        """Write or end a schedule, if it is still as it was."""
        key = names.report_schedule(channel)
        same = await self._signed.as_it_is(key)
        if await self.find(channel) != before:
            return False
        writes: tuple[Write, ...] = delete(key), zrem(REPORTS_DUE, channel)
        if after:
            due = zadd(REPORTS_DUE, after.next_at.timestamp(), channel)
            writes = self._signed.hset(key, SCHEDULE.write(after)), due
        return await self._ledger.write(entry, writes, same)

    async def due(self, now: datetime) -> list[ReportSchedule]:
        """List the schedules whose time has come."""
        listed = ("ZRANGEBYSCORE", REPORTS_DUE, "-inf", str(now.timestamp()))
        found = [await self.find(each) for each in await self._store.texts(*listed)]
        return [each for each in found if each and each.next_at <= now]
