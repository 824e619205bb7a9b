"""The audit log of very many commands, written by the chain's own function, past the ledger."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis import names
from bot.adapters.redis.entries import marked
from bot.adapters.redis.macs import Macs
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD, MAC
from bot.adapters.redis.steps import Step, Write, hset
from bot.adapters.redis.store import Store
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, chain
from tests.contracts.records_kept import ANN, AT, KEY

AT_ONCE: Final = 1_000
LASTING_EACH: Final = 100  # commands to one that fixes a tier; its record stays
KEYS_OF_PEOPLE: Final = 500  # keys that the commands change, again and again
APART: Final = timedelta(minutes=5)

MACS: Final = Macs(Keyring([KEY]))


def entries(commands: int, since: datetime) -> Iterator[Entry]:
    """Give the two entries of each command, as the stores mark them."""
    for number in range(commands):
        job, at = names.job(f"{number:016x}"), since + number * APART
        asked = Entry(at, AuditEvent.ASKED, "key:disable", ANN, f"{number:016x}")
        target = {"key": str(number % KEYS_OF_PEOPLE), "name": "ci-bot", "environment": "e1"}
        done = replace(asked, event=AuditEvent.DONE, target=target, detail="rule-1", role="admin")
        writes = [_record(job, number, "1"), _record(names.last_change(target["key"]), number)]
        if number % LASTING_EACH == 0:
            writes.append(_record(names.tier(str(number)), number))
        yield from marked(Step((asked,), (_record(job, number, "0"),))).entries
        yield from marked(Step((done,), tuple(writes))).entries


def _record(key: str, number: int, finished: str = "") -> Write:
    fields = {"number": str(number), "finished": finished}
    return hset(key, fields | {MAC: MACS.of(key, fields)})


async def write_log(redis: Redis, commands: int, since: datetime = AT) -> Head:
    """Write the entries, and the records of a lasting kind; the jobs have expired since."""
    store, key, last = Store(redis), ChainKey(KEY), Head()
    waiting = list[tuple[str, ...]]()
    for entry in entries(commands, since):
        record = chain(last.seq + 1, last.mac, entry.body(), key)
        last = Head(record.seq, record.mac)
        fields = ("body", record.body, "key", record.key_id, "mac", record.mac)
        waiting.append(("XADD", AUDIT, f"{record.seq}-0", *fields))
        if len(waiting) == AT_ONCE:
            await store.many(*waiting)
            waiting.clear()
    lasting = range(0, commands, LASTING_EACH)
    waiting += (_record(names.tier(str(number)), number) for number in lasting)
    await store.many(*waiting, ("SET", AUDIT_HEAD, f"{last.seq}:{last.mac}"))
    return last
