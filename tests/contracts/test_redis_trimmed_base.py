"""What a trimmed log goes on from is the base that the log itself names, for each reader of it.

The attacker writes to Redis and holds a key that is retired, while entries under it are left.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import chain as chained
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.redis import names
from bot.adapters.redis.base import Base
from bot.adapters.redis.chain import read_chain
from bot.adapters.redis.entries import listed
from bot.adapters.redis.marks import Marks
from bot.adapters.redis.names import (
    AUDIT,
    AUDIT_BASE,
    AUDIT_HEAD,
    HALTED,
    LOG_TRIMMED,
    LOG_TRIMMED_BASE,
    MARKS,
)
from bot.adapters.redis.steps import hset, xtrim
from bot.adapters.redis.store import Store, StreamItem
from bot.adapters.redis.stores import open_ledger
from bot.domain.audit import ChainKey, Entry, chain
from bot.domain.verification import WHOLE, Broken, Intact, verify
from bot.errors import NotArchived, StoreError
from tests.contracts.archives_kept import Keeping
from tests.contracts.records_kept import AT, ENTRY, KEY, RECORDS, Storage, rotated
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_trimmed_keys import BOTH, NEWER, log_of

__all__ = ["redis", "server"]

OLD: Final = ChainKey(KEY)
PLANTED: Final = names.tier("planted")
TIER: Final = names.tier("1")


@pytest.fixture
async def keeping(redis: Redis, tmp_path: Path) -> Keeping:
    """A trimmed log of a retired key, in which entries under that key are left."""
    keeping = Keeping(redis, tmp_path)
    await RECORDS["tier"].write(Storage(redis), "1")
    await log_of(redis, 3)
    assert await keeping.archive()
    await log_of(redis, 2)
    assert await rotated(redis, *BOTH)
    await log_of(redis, 2, BOTH)
    keeping.keys = BOTH
    return keeping


FORGED: Final[dict[str, Callable[[Base], Base]]] = {
    "a mark is planted": lambda base: replace(base, marks={**base.marks, PLANTED: "forged"}),
    "a mark is another": lambda base: replace(base, marks={TIER: "forged"}),
    "marks are gone": lambda base: replace(base, marks={}),
    "another digest": lambda base: replace(base, start=replace(base.start, digest="x")),
    "without its key": lambda base: replace(base, start=replace(base.start, key_id="")),
    "another time": lambda base: replace(base, at=""),
}


async def store(redis: Redis, base: Base) -> dict[str, str]:
    """Put a base in place of the one that is stored, under the retired key."""
    fields = base.fields(OLD)
    await redis.delete(AUDIT_BASE)
    await Store(redis).call(*hset(AUDIT_BASE, fields))
    return fields


async def name_it(redis: Redis, proof: str) -> None:
    """Append an entry under the retired key that names a base."""
    entry = replace(ENTRY, action=LOG_TRIMMED, target={LOG_TRIMMED_BASE: proof})
    await append(redis, entry, OLD)


async def append(redis: Redis, entry: Entry, key: ChainKey) -> None:
    """Append an entry under a key that need not be the one that signs."""
    last = await open_ledger(redis, BOTH).head()
    record = chain(last.seq + 1, last.mac, entry.body(), key)
    fields = {"body": record.body, "key": record.key_id, "mac": record.mac}
    parts = chained.from_iterable(fields.items())
    await Store(redis).call("XADD", AUDIT, f"{record.seq}-0", *parts)
    await redis.set(AUDIT_HEAD, f"{record.seq}:{record.mac}")


@pytest.mark.parametrize("signed_again", [False, True])
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("how", FORGED)
async def test_no_reader_believes_a_base_that_the_log_does_not_name(
    how: str,
    named: bool,  # noqa: FBT001
    signed_again: bool,  # noqa: FBT001
    keeping: Keeping,
) -> None:
    """A process that starts, one that was idle, the archiver, `audit verify`, and `recover`"""
    if signed_again:
        assert await keeping.archiver.sign_again()
    true = await keeping.base()
    assert isinstance(await keeping.verified(), Intact)
    files = sorted(keeping.directory.iterdir())
    fields = await store(keeping.redis, FORGED[how](true))
    if named:
        await name_it(keeping.redis, fields["proof"])

    marks = Storage(keeping.redis, BOTH).stores.signed.marks
    assert await marks.cut() == true.seq + 1
    assert None is await marks.newest(PLANTED)
    assert None is await marks.newest(TIER)
    assert Base() == await marks.base()

    keys = list(map(ChainKey, BOTH))
    records, head, start = await read_chain(Store(keeping.redis), keys)
    assert isinstance(verify(records, head, keys, start), Broken)
    assert named or start == WHOLE

    with pytest.raises((NotArchived, StoreError)):
        await keeping.archive()
    if not named:  # else the key of the newest entry is another one than Redis names
        assert not await keeping.archiver.sign_again()
        with pytest.raises(NotArchived, match="not what the audit log names"):
            await keeping.archive()
    assert fields == await Store(keeping.redis).fields(AUDIT_BASE)
    assert files == sorted(keeping.directory.iterdir())


@pytest.mark.parametrize("how", FORGED)
async def test_what_was_seen_is_not_archived_behind_a_forged_base(
    how: str, redis: Redis, tmp_path: Path
) -> None:
    """The process halts, as where the start of the log was removed; the true one ends that"""
    keeping, idle = Keeping(redis, tmp_path), await log_of(redis, 3)
    await idle.history.look()
    await RECORDS["tier"].write(Storage(redis), "1")
    await log_of(redis, 2)
    assert await keeping.archive()
    true = await keeping.base()
    await store(redis, FORGED[how](true))
    assert await idle.history.look()
    await store(redis, true)
    await redis.delete(HALTED)
    assert not await idle.history.look()


async def test_a_log_that_never_was_trimmed_has_no_base(redis: Redis, tmp_path: Path) -> None:
    """A forged one of no entries at all names no record"""
    await RECORDS["tier"].write(Storage(redis), "1")
    assert await rotated(redis, *BOTH)
    await store(redis, Base(marks={PLANTED: "forged"}))
    marks = Storage(redis, BOTH).stores.signed.marks
    assert None is await marks.newest(PLANTED)
    assert await marks.newest(TIER)
    assert 0 == await marks.cut()
    keys = list(map(ChainKey, BOTH))
    records, head, start = await read_chain(Store(redis), keys)
    assert isinstance(verify(records, head, keys, start), Intact)
    with pytest.raises(NotArchived, match="not what the audit log names"):
        await Keeping(redis, tmp_path, BOTH).archive()


async def test_a_base_that_no_entry_names_is_refused_with_a_reason(
    redis: Redis, tmp_path: Path
) -> None:
    """As a version wrote it that was never released: its entry of the trim names no base"""
    keeping = Keeping(redis, tmp_path)
    ledger = await log_of(redis, 4)
    records = await keeping.records()
    base = Base(WHOLE.after(records[:3]), AT.isoformat())
    entry = replace(ENTRY, action=LOG_TRIMMED, target={"last": "3"})
    assert await ledger.write(entry, (hset(AUDIT_BASE, base.fields(OLD)), xtrim(AUDIT, 4)))
    assert 4 == await Storage(redis).stores.signed.marks.cut()
    with pytest.raises(NotArchived, match="not what the audit log names"):
        await keeping.archive()


async def test_an_older_key_names_no_base_where_no_entry_tells_of_the_change(
    redis: Redis, tmp_path: Path
) -> None:
    """In 0.1.0 a newer key just began to sign"""
    keeping = Keeping(redis, tmp_path)
    await log_of(redis, 3)
    assert await keeping.archive()
    await append(redis, ENTRY, ChainKey(NEWER))
    marks = Marks(Store(redis), Keyring(BOTH))
    true = await marks.base()
    assert 2 == true.seq
    fields = await store(redis, FORGED["a mark is planted"](true))
    await name_it(redis, fields["proof"])
    for each in (marks, Marks(Store(redis), Keyring(BOTH))):
        assert Base() == await each.base()
    assert None is await Marks(Store(redis), Keyring(BOTH)).newest(PLANTED)


class Disturbed(Store):
    """A store with something in between: before the call of that number."""

    def __init__(self, redis: Redis, at: int, then: Callable[[], Awaitable[object]]) -> None:
        super().__init__(redis)
        self.left = at
        self._then = then

    async def _count(self) -> None:
        self.left -= 1
        if not self.left:
            await self._then()

    async def stream(self, key: str, first: str, last: str, count: int) -> list[StreamItem]:
        """Read a stream."""
        await self._count()
        return await super().stream(key, first, last, count)

    async def many(self, *commands: tuple[str, ...]) -> list[object]:
        """Read many."""
        await self._count()
        return await super().many(*commands)


async def _down() -> None:
    raise StoreError("down")


@pytest.mark.parametrize("at", range(1, 9))
async def test_a_log_that_is_trimmed_while_it_is_read_is_whole(at: int, keeping: Keeping) -> None:
    """Its new base, the entry that names it, and what is left come in any order"""
    disturbed = Disturbed(keeping.redis, at, keeping.archive)
    marks = Marks(disturbed, Keyring(BOTH))
    assert await marks.newest(TIER)
    assert 0 == await marks.cut()
    assert (await marks.base()).proof == (await keeping.base()).proof
    while disturbed.left > 0:
        await marks.cut()
    assert await marks.newest(TIER)
    assert 0 == await marks.cut()


@pytest.mark.parametrize("at", range(1, 7))
async def test_a_forged_base_is_none_where_the_first_reading_was_cut_short(
    at: int, keeping: Keeping
) -> None:
    """The next look does not take for known what the first one had only begun to read"""
    true = await keeping.base()
    await store(keeping.redis, FORGED["a mark is planted"](true))
    marks = Marks(Disturbed(keeping.redis, at, _down), Keyring(BOTH))
    for _ in range(2):
        try:
            assert None is await marks.newest(PLANTED)
        except StoreError:
            continue
    assert None is await marks.newest(PLANTED)
    assert await marks.cut() == true.seq + 1


async def test_an_idle_process_refuses_what_it_knew_where_a_base_is_forged(
    keeping: Keeping,
) -> None:
    """Its last entry is gone, as after a trim; a record that it knew is not believed again"""
    idle = Storage(keeping.redis, BOTH).stores.signed.marks
    assert await idle.newest(TIER)
    last = (await keeping.records())[-1].seq
    await log_of(keeping.redis, 3, BOTH)
    assert await keeping.archive()
    true = await keeping.base()
    assert true.seq >= last
    forged = replace(true, marks={TIER: "forged"}).fields(ChainKey(NEWER))
    await Store(keeping.redis).call(*hset(AUDIT_BASE, forged))
    assert await idle.newest(TIER) not in {"forged", true.marks[TIER]}
    assert await idle.cut() == true.seq + 1


async def test_a_look_that_failed_does_not_forget_which_key_was_retired(keeping: Keeping) -> None:
    """Else a retired key names records once the log was broken, and was whole again"""
    redis = keeping.redis
    marks = Marks(Store(redis), Keyring(BOTH))
    known = await marks.newest(TIER)
    log = await redis.dump(AUDIT)
    assert log
    await redis.delete(AUDIT)
    await redis.xadd(AUDIT, {"body": "{}", "key": ChainKey(NEWER).id, "mac": "altered"}, "1-0")
    with pytest.raises(StoreError):
        await marks.newest(TIER)
    await redis.restore(AUDIT, 0, log, replace=True)
    planted = replace(ENTRY, target={MARKS: listed({PLANTED: "forged", TIER: "forged"})})
    await append(redis, planted, OLD)
    assert None is await marks.newest(PLANTED)
    assert known == await marks.newest(TIER)


async def test_a_log_from_before_a_change_of_keys_is_not_believed(redis: Redis) -> None:
    """Its retired key could go on with it, before the process halts"""
    await RECORDS["tier"].write(Storage(redis), "1")
    log, head = await redis.dump(AUDIT), await redis.get(AUDIT_HEAD)
    assert log
    assert head
    assert await rotated(redis, *BOTH)
    marks = Marks(Store(redis), Keyring(BOTH))
    assert await marks.newest(TIER)
    whole, end = await redis.dump(AUDIT), await redis.get(AUDIT_HEAD)
    assert whole
    assert end
    await redis.restore(AUDIT, 0, log, replace=True)
    await redis.set(AUDIT_HEAD, head)
    for _ in range(2):
        with pytest.raises(StoreError, match="before a change of keys"):
            await marks.newest(PLANTED)
        await append(redis, replace(ENTRY, target={MARKS: listed({PLANTED: "forged"})}), OLD)
    await redis.restore(AUDIT, 0, whole, replace=True)
    await redis.set(AUDIT_HEAD, end)
    assert None is await marks.newest(PLANTED)
    assert await marks.newest(TIER) not in {None, "set back"}


@pytest.mark.parametrize("at", range(2, 9))
async def test_a_recovery_during_a_reading_loses_nothing_of_it(at: int, redis: Redis) -> None:
    """What the process reads while history is recovered is read again from the start"""
    await RECORDS["tier"].write(Storage(redis), "1")
    await log_of(redis, 6)

    async def recovered() -> None:
        marks.forget()

    marks = Marks(Disturbed(redis, at, recovered), Keyring((KEY,)), page=2)
    await marks.newest(TIER)
    assert await marks.newest(TIER)
    assert 0 == await marks.cut()
