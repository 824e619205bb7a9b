"""What is waiting in Redis, read in one round trip for a page of metrics."""

from collections.abc import Mapping
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.chain import read_head
from bot.adapters.redis.store import Store, as_fields, as_items
from bot.domain.lanes import Lane
from bot.errors import StoreError
from bot.flows.ports import Clock
from bot.flows.stock import Queue, Stock

QUEUES: Final = {
    "answers": names.ANSWERS,
    "homes": names.HOMES,
    "jobs": names.JOBS,
    "jobs_reserved": names.JOBS_RESERVED,
    "notices": names.NOTICES,
    "outbox": names.OUTBOX,
    "outbox_security": names.OUTBOX_SECURITY,
    "presses": names.PRESSES,
}
TIME: Final = "return redis.call('TIME')"  # of the node that has the queues
ASIDE: Final = {Lane.NORMAL: names.JOBS_ASIDE, Lane.RESERVED: names.JOBS_RESERVED_ASIDE}
AGES: Final = {
    "under_1h": (0, 3600),
    "under_8h": (3600, 8 * 3600),
    "under_1d": (8 * 3600, 86_400),
    "over_1d": (86_400, None),
}
"""Ages of a pending request: from, until, in seconds."""
EVER: Final = ("-inf", "+inf")
UNKNOWN: Final = "unknown"
ROLES: Final = {"master": "master", "slave": "replica", "replica": "replica"}


class RedisStock:
    """Looks at Redis."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take_stock(self) -> Stock:
        """Look at everything; the ages of items are by Redis's own clock."""
        asked_until = self._clock.now().timestamp()
        head, working, time, *answers = await self._store.many(
            ("GET", names.AUDIT_HEAD),
            ("EXISTS", names.WORKING),
            ("EVAL", TIME, "1", names.AUDIT),
            *(("XLEN", stream) for stream in QUEUES.values()),
            *(("XRANGE", stream, "-", "+", "COUNT", "1") for stream in QUEUES.values()),
            *(("ZCARD", aside) for aside in ASIDE.values()),
            ("ZCARD", names.LINKS_OPENING),
            ("ZRANGEBYSCORE", names.LINKS_OPENING, *EVER, "WITHSCORES", "LIMIT", "0", "1"),
            ("ZCOUNT", names.LINKS_WAITING, f"({asked_until}", "+inf"),
            ("ZCOUNT", names.LINKS_WAITING, "-inf", str(asked_until)),
            *(_asked_between(asked_until, *age) for age in AGES.values()),
        )
        counts, rest = answers[: len(QUEUES)], answers[len(QUEUES) :]
        oldest, rest = rest[: len(QUEUES)], rest[len(QUEUES) :]
        aside, (half_open, first, open_, expired, *pending) = rest[: len(ASIDE)], rest[len(ASIDE) :]
        now = _seconds(time)
        return Stock(
            head=read_head("" if head is None else str(head)),
            role=await self._role(),
            queues={
                name: Queue(int(str(count)), _age(first, now))
                for name, count, first in zip(QUEUES, counts, oldest, strict=True)
            },
            aside={str(lane): int(str(n)) for lane, n in zip(ASIDE, aside, strict=True)},
            pending={age: int(str(n)) for age, n in zip(AGES, pending, strict=True)},
            half_open=Queue(int(str(half_open)), _since(first, asked_until)),
            uncollected={"open": int(str(open_)), "expired": int(str(expired))},
            working=bool(working),
        )

    async def _role(self) -> str:
        """Ask by HELLO, which every user of Redis may send."""
        try:
            return _role_of(await self._store.call("HELLO"))
        except StoreError:  # before Redis 6
            return UNKNOWN


def _asked_between(now: float, younger: float, older: float | None) -> tuple[str, ...]:
    since = "-inf" if older is None else f"({now - older}"
    until = str(now - younger) if younger else "+inf"
    return ("ZCOUNT", names.REQUESTS_PENDING, since, until)


def _role_of(said: object) -> str:
    """The role in an answer; in the second version of the protocol, it is a flat list."""
    flat = iter(said if isinstance(said, list) else ())
    fields = as_fields(said if isinstance(said, Mapping) else dict(zip(flat, flat, strict=False)))
    return ROLES.get(fields.get("role", ""), UNKNOWN)


def _seconds(time: object) -> float:
    """Redis's clock, in seconds."""
    seconds, micros = time if isinstance(time, list | tuple) else (0, 0)
    return float(str(seconds)) + float(str(micros)) / 1e6


def _age(first: object, now: float) -> float:
    """The age of a stream's first item, by its id; 0 where there is none."""
    items = as_items(first)
    return max(0.0, now - int(items[0][0].partition("-")[0]) / 1000) if items else 0.0


def _since(first: object, now: float) -> float:
    """The age of an index's first member, by its score; 0 where there is none."""
    flat = first if isinstance(first, list) else []
    pair = flat[0] if flat and isinstance(flat[0], list | tuple) else flat  # by the protocol
    return max(0.0, now - float(str(pair[1]))) if pair else 0.0
