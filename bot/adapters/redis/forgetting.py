"""Removes requests that are over and older than `KEEP`, with their cards and pending credentials.

Each removal is a step with an audit entry, which names the requests. The keys that they led to, and
for whom each was created, stay.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import FORGOTTEN, PREFIX
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.steps import Applied, Guard, Step, Write, absent, delete, field_is, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, Entry
from bot.domain.requests.deadlines import over_since
from bot.domain.requests.machine import Request
from bot.flows.ports import Clock

COUNT: Final = "1000"  # keys that one SCAN looks at
AT_ONCE: Final = 50  # requests in one step


class Forgetter:
    """Removes old requests; any number of processes may."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        requests: RedisRequests,
        clock: Clock,
        claim_ttl: timedelta,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._requests = requests
        self._clock = clock
        self._claim_ttl = claim_ttl

    async def forget(self, before: datetime) -> int:
        """Remove the requests that were over by then; returns how many. May raise `StoreError`."""
        count = 0
        async for index in self._indexes():
            asked = ("-inf", f"({before.timestamp()}")
            ids = await self._store.texts("ZRANGEBYSCORE", index, *asked)
            for first in range(0, len(ids), AT_ONCE):
                count += await self._forget(index, ids[first : first + AT_ONCE], before)
        return count

    async def _forget(self, index: str, ids: list[str], before: datetime) -> int:
        guards, writes, gone = list[Guard](), list[Write](), list[str]()
        for id_ in ids:
            try:
                key, request = names.request(id_), await self._requests.load(id_)
            except (KeyError, TypeError, ValueError, AttributeError):
                continue  # it is unreadable, which each search for what is due reports
            over = over_since(request, self._claim_ttl) if request else None
            if request and over and over < before:
                guards.append(field_is(key, "version", str(request.version)))
                writes += _removals(request)
            elif request or await self._store.call("EXISTS", key):
                continue  # it goes on, or is not believed
            else:
                guards.append(absent(key))
            writes.append(zrem(index, id_))
            gone.append(id_)
        if not gone:
            return 0
        target = {"requests": " ".join(gone)}
        entry = Entry(self._clock.now(), AuditEvent.DONE, FORGOTTEN, target=target)
        step = Step((entry,), tuple(writes), tuple(guards))
        return len(gone) if isinstance(await self._ledger.commit(step), Applied) else 0

    async def _indexes(self) -> AsyncIterator[str]:
        cursor, pattern = "0", f"{PREFIX}requests-by:*"
        while True:
            answer = await self._store.call("SCAN", cursor, "MATCH", pattern, "COUNT", COUNT)
            assert isinstance(answer, list | tuple)  # noqa: S101  # what SCAN answers, for the checker
            cursor = str(answer[0])
            for key in answer[1]:
                yield str(key)
            if cursor == "0":
                return


def _removals(request: Request) -> list[Write]:
    keys = [names.request(request.id), names.pending_credentials(request.id)]
    return [delete(key) for key in (*keys, *([names.card(request.card)] if request.card else ()))]
