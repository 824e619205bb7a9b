"""What each key is still needed for: entries, records and sealed fields under it, and who reads it.

Reads only. It looks at `MOST` keys of Redis at most, and says so where there are more.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from redis.asyncio import Redis

from bot.adapters.keyring import Generation, Keyring
from bot.adapters.redis import names
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.macs import Macs, kind_of
from bot.adapters.redis.names import (
    CARD_MAC,
    JOBS,
    JOBS_RESERVED,
    KINDS,
    MAC,
    NOTICES,
    OUTBOX,
    PREFIX,
)
from bot.adapters.redis.presence import Running, former_workers, running, scan
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer

MOST: Final = 200_000  # keys of Redis that are looked at
PAGE: Final = 500  # records read in one round trip
QUEUES: Final = (
    JOBS_RESERVED,
    JOBS,
    names.OUTBOX_SECURITY,
    NOTICES,
    OUTBOX,
    names.PRESSES,
    names.HOMES,
    names.ANSWERS,
)
SEALED: Final = ("url", "trigger")  # fields of a job that are sealed
KEPT: Final = re.compile(r'"passphrase":"[^":]+:([^"]+)"')  # in the document of a request
SEALED_JOB: Final = "sealed field of a job"
SEALED_FOR_LINK: Final = "passphrase of credentials to collect"
SEALED_ANSWER: Final = "answer that waits for Slack"
PLACE: Final = "place of a card"
BASE: Final = "start of a trimmed audit log"
EMPTY: Final = "the audit log is empty, as in a Redis that is new or was emptied"


@dataclass(frozen=True)
class Use:
    """What is under one key; `since` is when it signed first, empty where it never did."""

    entries: int = 0
    since: str = ""
    records: Mapping[str, int] = field(default_factory=dict)

    @property
    def needed(self) -> bool:
        """Whether something can't be read, or proven, without the key."""
        return bool(self.entries or self.records)


@dataclass(frozen=True)
class Survey:
    """All that `keys status` tells; `uses` is by key id, and `foreign` by the ids in records.

    `loss` is why this Redis may lack what it had: then nothing here says that a key is unused.
    """

    configured: tuple[str, ...]
    signs: Generation | None
    uses: Mapping[str, Use]
    foreign: Mapping[str, Mapping[str, int]]
    processes: Sequence[Running]
    former_workers: int
    unread: Sequence[tuple[str, str]]
    whole: bool
    loss: str = ""

    def lacking(self, key_id: str) -> list[Running]:
        """List the running processes that can't read a key."""
        return [each for each in self.processes if key_id not in each.keys]

    def retired(self, key_id: str) -> bool:
        """Whether the key has signed, and another one signs since."""
        signs = self.signs.key_id if self.signs else ""
        return bool(self.uses[key_id].entries) and key_id != signs


async def survey(redis: Redis, ledger: Ledger) -> Survey:
    """Look at everything. May raise `StoreError`."""
    store, keyring = Store(redis), ledger.keyring
    entries, since = Counter[str](), dict[str, str]()
    async for record in ledger.records():
        entries[record.key_id] += 1
        since.setdefault(record.key_id, str(json.loads(record.body)["at"]))
    records, whole = await _records(store, keyring)
    known = dict.fromkeys((*keyring.ids, *entries))
    return Survey(
        configured=keyring.ids,
        signs=keyring.signs,
        uses={
            each: Use(entries[each], since.get(each, ""), records.get(each, {})) for each in known
        },
        foreign={each: kinds for each, kinds in records.items() if each not in known},
        processes=await running(store),
        former_workers=await former_workers(store),
        unread=[(queue, id_) for queue in QUEUES for id_ in await _unread(redis, store, queue)],
        whole=whole,
        loss=await _loss(ledger),
    )


async def _loss(ledger: Ledger) -> str:
    if behind := await ledger.history.behind():
        return behind
    return "" if (await ledger.head()).seq else EMPTY


async def _unread(redis: Redis, store: Store, queue: str) -> list[str]:
    return await RedisQueue(redis, queue).handed_over() if await store.call("EXISTS", queue) else []


async def _records(store: Store, keyring: Keyring) -> tuple[dict[str, dict[str, int]], bool]:
    """Count records by the id of their key, and by kind; False where there are too many."""
    ids = _translated(keyring)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    page, seen = list[str](), 0
    async for key in scan(store, f"{PREFIX}*"):
        seen += 1
        if kind_of(key) in KINDS:
            page.append(key)
        if len(page) == PAGE:
            await _count(store, page, ids, counts)
            page = []
        if seen >= MOST:
            break
    await _count(store, page, ids, counts)
    if key_id := await store.text("HGET", names.AUDIT_BASE, "key"):
        counts[key_id][BASE] += 1
    for _, fields in await store.stream(names.ANSWERS, "-", "+", MOST):
        key_id = fields.get("answer", "").partition(".")[0]
        counts[ids.get(key_id, key_id)][SEALED_ANSWER] += 1
    return {key_id: dict(kinds) for key_id, kinds in counts.items()}, seen < MOST


async def _count(
    store: Store, page: Sequence[str], ids: Mapping[str, str], counts: Mapping[str, Counter[str]]
) -> None:
    read = (MAC, CARD_MAC, "passphrase", "doc", *SEALED)
    answers = await store.many(*(("HMGET", key, *read) for key in page))
    for key, found in zip(page, answers, strict=True):
        kind, is_job = KINDS[kind_of(key)], kind_of(key) == kind_of(names.job(""))
        mac, card, passphrase, doc, *sealed = found if isinstance(found, list) else [None] * 4
        kept = KEPT.search(str(doc)) if kind_of(key) == kind_of(names.request("")) else None
        under = [(mac, kind), (card, PLACE), *((each, SEALED_JOB) for each in sealed if is_job)]
        under += [(kept[1] if kept else str(passphrase or "").partition(":")[2], SEALED_FOR_LINK)]
        for text, what in under:
            if text:
                key_id = str(text).partition(".")[0]
                counts[ids.get(key_id, key_id)][what] += 1


def _translated(keyring: Keyring) -> dict[str, str]:
    """By a key's id in MACs or in sealed fields: its id in the audit log."""
    pairs = (
        zip(each.ids, keyring.ids, strict=True) for each in (Macs(keyring), FieldSealer(keyring))
    )
    return {theirs: ours for both in pairs for theirs, ours in both}
