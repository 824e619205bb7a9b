"""A trimmed log still names the key that signs, and shows whether history went back."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain as chained
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.keyring import Generation
from bot.adapters.redis.chain import read_chain
from bot.adapters.redis.key_survey import BASE, survey
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import (
    AUDIT,
    AUDIT_BASE,
    AUDIT_HEAD,
    HALTED,
    JOBS,
    ROLLED_LOST,
    ROLLED_OVER,
    SIGNING,
    WORKERS,
    alive,
)
from bot.adapters.redis.presence import FORMER_SIGN, former_readers
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.steps import hset, xadd
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.domain.audit import AuditEvent, ChainKey, Head, Record, chain
from bot.domain.verification import Broken, Intact, verify
from bot.errors import Halted, KeyMissing, NotArchived, StoreError
from tests.contracts.archives_kept import ALL, Keeping
from tests.contracts.records_kept import ENTRY, KEY, rotated
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_history import dump, restore

__all__ = ["redis", "server"]

NEWER: Final = b"n" * 32
DAY: Final = timedelta(days=1)
FOREIGN: Final = b"f" * 32
BOTH: Final = (NEWER, KEY)
SIGNS: Final = Generation(2, ChainKey(NEWER).id)


async def log_of(redis: Redis, entries: int, keys: tuple[bytes, ...] = (KEY,)) -> Ledger:
    """Write entries, as a process that has just started; gives its ledger."""
    ledger = open_ledger(redis, keys)
    for number in range(entries):
        assert await ledger.write(replace(ENTRY, detail=str(number)), ())
    return ledger


@pytest.fixture
async def keeping(redis: Redis, tmp_path: Path) -> Keeping:
    """A log of four entries, a change of keys, and two more entries."""
    await log_of(redis, 4)
    assert await rotated(redis, *BOTH)
    await log_of(redis, 2, BOTH)
    return Keeping(redis, tmp_path, BOTH)


async def started(redis: Redis) -> Generation:
    """Tell which key a process signs with that starts now."""
    return await open_ledger(redis, BOTH).signing.look()


async def test_a_process_signs_after_the_change_of_keys_was_trimmed(keeping: Keeping) -> None:
    """One that starts, one that runs, and after a second trim; the log is never empty"""
    running = await log_of(keeping.redis, 1, BOTH)
    for _ in range(2):
        assert await keeping.archive()
        left = await keeping.records()
        assert left
        assert not [each for each in left if ROLLED_OVER in each.body]
        assert SIGNS == await started(keeping.redis)
        assert await running.write(ENTRY, ())
        assert await (await log_of(keeping.redis, 2, BOTH)).write(ENTRY, ())
    assert isinstance(await keeping.verified_whole(), Intact)


async def test_a_forged_name_of_the_signing_key_is_refused_behind_a_trim(keeping: Keeping) -> None:
    """Former ones, and the newest under a former number; a name that is gone is given again"""
    assert await keeping.archive()
    for forged in (Generation(1, ChainKey(KEY).id), replace(SIGNS, number=1), Generation(3, "x")):
        await keeping.redis.set(SIGNING, str(forged))
        ledger = open_ledger(keeping.redis, BOTH)
        with pytest.raises(StoreError):
            await ledger.signing.look()
        with pytest.raises(StoreError):
            await ledger.write(ENTRY, ())
    await keeping.redis.delete(SIGNING)
    assert SIGNS == await started(keeping.redis)


@pytest.mark.parametrize("batch", [2, 10_000])
async def test_entries_of_a_lost_key_are_neither_archived_nor_signed(
    batch: int, keeping: Keeping
) -> None:
    """Also where the archive would reach to entries that are proven: no checkpoint covers them"""
    await keeping.redis.flushall()
    await log_of(keeping.redis, 3)
    ledger = open_ledger(keeping.redis, (NEWER,))
    with pytest.raises(KeyMissing):
        await ledger.signing.look()
    target = {ROLLED_LOST: ChainKey(KEY).id}
    entry = replace(ENTRY, event=AuditEvent.ROLLED_OVER, action=ROLLED_OVER, target=target)
    assert await ledger.rotate(entry, "told")
    await log_of(keeping.redis, 2, (NEWER,))
    after = Keeping(keeping.redis, keeping.directory, (NEWER,), batch)
    with pytest.raises(NotArchived, match="entry 1 is not proven"):
        await after.archive()
    assert not list(keeping.directory.iterdir())
    assert [1, 2, 3, 4, 5, 6] == await after.left()


async def test_the_base_needs_its_key(keeping: Keeping) -> None:
    """`keys status` says so, until the base is under the key that signs"""
    older = Keeping(keeping.redis, keeping.directory)
    await keeping.redis.flushall()
    await log_of(keeping.redis, 4)
    await older.archive()
    assert await rotated(keeping.redis, *BOTH)
    ledger = open_ledger(keeping.redis, BOTH)
    found = await survey(keeping.redis, ledger)
    assert found.uses[ChainKey(KEY).id].records[BASE] == 1
    assert await keeping.archiver.sign_again()
    found = await survey(keeping.redis, ledger)
    assert BASE not in found.uses[ChainKey(KEY).id].records


async def test_the_key_that_signs_signs_archive_and_base(keeping: Keeping) -> None:
    """Not a newer one that only reads yet"""
    await keeping.redis.flushall()
    await log_of(keeping.redis, 4)
    (name,) = await keeping.archive()
    *_, closing = (keeping.directory / name).read_text().splitlines()
    assert ChainKey(KEY).id == json.loads(closing)["export"]["key"] == (await keeping.base()).key_id


async def test_what_was_seen_last_may_be_archived_by_now(keeping: Keeping) -> None:
    """Its own number, or one before it; the process goes on, and writes"""
    for seen in (5, 6):
        idle = open_ledger(keeping.redis, BOTH)
        await idle.history.look()
        assert idle.history.seen
        await log_of(keeping.redis, seen, BOTH)
        assert await keeping.archive()
        assert (await keeping.base()).seq >= idle.history.seen.head.seq
        assert not await idle.history.look()
        assert await idle.write(ENTRY, ())
    idle = open_ledger(keeping.redis, BOTH)
    await idle.history.look()
    assert idle.history.seen
    keeping.batch = idle.history.seen.head.seq - (await keeping.base()).seq
    await log_of(keeping.redis, 1, BOTH)
    await keeping.archive()
    assert (await keeping.base()).seq >= idle.history.seen.head.seq
    assert not await idle.history.look()


async def _unproven(keeping: Keeping) -> None:
    await keeping.redis.hset(AUDIT_BASE, "proof", "0" * 64)


async def _removed(keeping: Keeping) -> None:
    await keeping.redis.delete(AUDIT_BASE)


async def _foreign(keeping: Keeping) -> None:
    base = await keeping.base()
    await Store(keeping.redis).call(*hset(AUDIT_BASE, base.fields(ChainKey(FOREIGN))))


async def _not_so_far(keeping: Keeping) -> None:
    base = await keeping.base()
    start = replace(base.start, head=replace(base.start.head, seq=3))
    early = replace(base, start=start).fields(ChainKey(NEWER))
    await Store(keeping.redis).call(*hset(AUDIT_BASE, early))


async def _cut_behind_it(keeping: Keeping) -> None:
    first = (await keeping.left())[0]
    await keeping.redis.xdel(AUDIT, f"{first}-0")


async def _another_log(keeping: Keeping) -> None:
    """Entries of the same numbers that do not follow the base, which is a true one."""
    items = await Store(keeping.redis).stream(AUDIT, "-", "+", 100)
    await keeping.redis.delete(AUDIT)
    for place, fields in items:
        other = fields | {"body": fields["body"].replace('"detail":"', '"detail":"x')}
        await Store(keeping.redis).call(*xadd(AUDIT, other)[:2], place, *xadd(AUDIT, other)[3:])


@pytest.mark.parametrize(
    "how", [_unproven, _removed, _foreign, _not_so_far, _cut_behind_it, _another_log]
)
async def test_a_log_that_does_not_go_on_from_a_proven_base_halts(
    how: Callable[[Keeping], Awaitable[None]], keeping: Keeping
) -> None:
    """Where what was seen is not there any more, nothing else explains it"""
    idle = open_ledger(keeping.redis, BOTH)
    await idle.history.look()
    await log_of(keeping.redis, 3, BOTH)
    await keeping.archive()
    await how(keeping)
    assert await idle.history.look()
    assert await keeping.redis.exists(HALTED)
    with pytest.raises(Halted):
        await idle.write(ENTRY, ())


async def test_a_removed_entry_behind_the_base_halts(keeping: Keeping) -> None:
    """The base is proven and fits, and does not reach what was seen"""
    await keeping.archive()
    idle = await log_of(keeping.redis, 2, BOTH)
    await idle.history.look()
    seen = (await keeping.records())[-1].seq
    await log_of(keeping.redis, 1, BOTH)
    await keeping.redis.xdel(AUDIT, f"{seen}-0")
    assert f"entry {seen} of the audit log is another one" in await idle.history.look()


@pytest.mark.parametrize("with_base", [False, True])
async def test_a_dump_from_before_the_trim_halts(with_base: bool, keeping: Keeping) -> None:  # noqa: FBT001
    """Also with the base of the lost log put beside it; nothing is archived then"""
    older = await dump(keeping.redis)
    running = await log_of(keeping.redis, 3, BOTH)
    await keeping.archive()
    await running.write(ENTRY, ())
    base = {AUDIT_BASE: (await dump(keeping.redis))[AUDIT_BASE]} if with_base else {}
    await restore(keeping.redis, older | base)
    assert await running.history.look()
    files = sorted(keeping.directory.iterdir())
    with pytest.raises(Halted):
        await keeping.archive()
    assert files == sorted(keeping.directory.iterdir())
    assert await keeping.redis.get(AUDIT_HEAD)


async def test_nothing_is_trimmed_beside_a_worker_of_the_former_version(keeping: Keeping) -> None:
    """It would take the log for one that was cut, and environments for production"""
    assert not await former_readers(Store(keeping.redis))
    queue = RedisQueue(keeping.redis, JOBS)
    await queue.open()
    assert not await former_readers(Store(keeping.redis))
    await keeping.redis.xgroup_createconsumer(JOBS, WORKERS, "w1")
    await keeping.redis.set(alive("w1"), FORMER_SIGN, ex=10)
    with pytest.raises(NotArchived, match="finish the upgrade"):
        await keeping.archive()
    assert 1 == (await keeping.left())[0]


async def forged_entry(redis: Redis, at: datetime, **target: str) -> None:
    """Append an entry under the retired key, as its holder can who writes to Redis."""
    last = await open_ledger(redis, BOTH).head()
    body = replace(ENTRY, at=at, target=target).body()
    record = chain(last.seq + 1, last.mac, body, ChainKey(KEY))
    fields = {"body": body, "key": record.key_id, "mac": record.mac}
    parts = chained.from_iterable(fields.items())
    await Store(redis).call("XADD", AUDIT, f"{record.seq}-0", *parts)
    await redis.set(AUDIT_HEAD, f"{record.seq}:{record.mac}")


async def test_a_retired_key_names_nothing_as_the_first_entry_of_an_archive(
    keeping: Keeping,
) -> None:
    """Its time lets one archive end before it, and the next one begin with it"""
    running = await log_of(keeping.redis, 1, BOTH)
    keeping.clock.at = ALL + 2 * DAY
    await forged_entry(keeping.redis, ALL + DAY, records="tier:x=forged")
    assert await running.write(ENTRY, ())
    assert await keeping.archive()
    base = await keeping.base()
    assert (await keeping.left())[0] == base.seq + 1
    with pytest.raises(NotArchived, match="is not proven: an older key"):
        await keeping.archive(ALL + 2 * DAY)
    assert await keeping.base() == base


async def test_a_base_under_a_retired_key_is_none(keeping: Keeping) -> None:
    """Its holder puts it in place of the true one; it is not signed again either"""
    assert await keeping.archive()
    true = await keeping.base()
    forged = replace(true, marks={**true.marks, f"{BASE}:x": "forged"})
    parts = chained.from_iterable(forged.fields(ChainKey(KEY)).items())
    await Store(keeping.redis).call("HSET", AUDIT_BASE, *parts)
    with pytest.raises(StoreError):
        await keeping.archiver.sign_again()
    assert not (await keeping.base()).seq


async def test_a_retired_key_signs_no_first_entry_behind_a_base(keeping: Keeping) -> None:
    """Its holder puts other entries in place of all that are left, and repeats what they say"""
    assert await keeping.archive()
    base, trimmed = await keeping.base(), (await keeping.records())[-1]
    assert base.start.key_id == ChainKey(NEWER).id
    assert isinstance(await keeping.verified(), Intact)
    await keeping.redis.delete(AUDIT)
    records, last = list[Record](), base.start.head
    for body in (ENTRY.body(), trimmed.body):
        records.append(chain(last.seq + 1, last.mac, body, ChainKey(KEY)))
        last = Head(records[-1].seq, records[-1].mac)
        fields = {"body": body, "key": ChainKey(KEY).id, "mac": last.mac}
        parts = chained.from_iterable(fields.items())
        await Store(keeping.redis).call("XADD", AUDIT, f"{last.seq}-0", *parts)
    await keeping.redis.set(AUDIT_HEAD, f"{last.seq}:{last.mac}")
    keys = list(map(ChainKey, BOTH))
    found, head, start = await read_chain(Store(keeping.redis), keys)
    assert records == found
    reason = "an older key than the one before it signs it"
    assert Broken(base.seq + 1, reason) == verify(found, head, keys, start)
    with pytest.raises((NotArchived, StoreError)):
        await keeping.archive()
