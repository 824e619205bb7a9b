"""Removes requests that are over and older than `KEEP`, with their cards and pending credentials.

Each removal is a step with an audit entry, which names the requests. The keys that they led to, and
for whom each was created, stay.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.entries import DELETED
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import FORGOTTEN
from bot.adapters.redis.request_json import loads
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.steps import Applied, Guard, Step, Write, delete, field_is, zrem
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, Entry
from bot.domain.requests.deadlines import over_since
from bot.domain.requests.machine import Request
from bot.errors import Unread
from bot.flows.ports import Clock

AT_ONCE: Final = 50  # requests in one step
KIND: Final = kind_of(names.request(""))


class Forgetter:
    """Removes old requests; any number of processes may."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        marks: Marks,
        requests: RedisRequests,
        clock: Clock,
        claim_ttl: timedelta,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._marks = marks
        self._requests = requests
        self._clock = clock
        self._claim_ttl = claim_ttl

    async def forget(self, before: datetime) -> int:
        """Remove the requests that were over by then; returns how many. May raise `StoreError`."""
        named, count = await self._marks.named(), 0
        keys = [key for key, mac in named.items() if kind_of(key) == KIND and mac != DELETED]
        await self._leave_out(before)
        for first in range(0, len(keys), AT_ONCE):
            some = keys[first : first + AT_ONCE]
            docs = await self._store.many(*(("HGET", key, "doc") for key in some))
            old = [key for key, doc in zip(some, docs, strict=True) if self._looks_old(doc, before)]
            count += await self._remove(
                [key.removeprefix(names.request("")) for key in old], before
            )
        return count

    async def _leave_out(self, before: datetime) -> None:
        """Count credentials no longer whose last link ended by then."""
        ended = ("-inf", str(before.timestamp()))
        if old := await self._store.texts("ZRANGEBYSCORE", names.LINKS_WAITING, *ended):
            await self._store.call("ZREM", names.LINKS_WAITING, *old)

    def _is_old(self, request: Request, before: datetime) -> bool:
        over = over_since(request, self._claim_ttl)
        return over is not None and over < before

    async def _remove(self, ids: list[str], before: datetime) -> int:
        """Remove those that are believed, and old by their own record."""
        loaded = [await self._load(id_) for id_ in ids]
        old = [each for each in loaded if each and self._is_old(each, before)]
        if not old:
            return 0
        guards = [field_is(names.request(it.id), "version", str(it.version)) for it in old]
        writes = [write for request in old for write in _removals(request)]
        target = {"requests": " ".join(request.id for request in old)}
        entry = Entry(self._clock.now(), AuditEvent.DONE, FORGOTTEN, target=target)
        step = Step((entry,), tuple(writes), tuple[Guard, ...](guards))
        return len(old) if isinstance(await self._ledger.commit(step), Applied) else 0

    async def _load(self, id_: str) -> Request | None:
        """Read a request, unless this process can't: then it stays, and keeps no other one."""
        try:
            return await self._requests.load(id_)
        except Unread:
            return None  # it is reported already

    def _looks_old(self, doc: object, before: datetime) -> bool:
        """Whether a request looks old; it is not believed yet."""
        try:
            return bool(doc) and self._is_old(loads(str(doc), ""), before)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
            return False  # it is unreadable, which each search for what is due reports


def _removals(request: Request) -> list[Write]:
    keys = [names.request(request.id), names.pending_credentials(request.id)]
    keys += [names.card(request.card)] if request.card else []
    keys += [names.pending_for_key(request.made)] if request.made else []
    index = names.requests_by(request.terms.requester)
    return [*map(delete, keys), *(zrem(it, request.id) for it in (index, names.REQUESTS_CLOSED))]
