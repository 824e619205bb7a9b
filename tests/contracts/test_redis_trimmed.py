"""A log whose oldest entries were archived and trimmed: what is believed stays what it was."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.adapters.archives import Archives
from bot.adapters.checkpoints import CheckpointSigner
from bot.adapters.redis import names
from bot.adapters.redis.base import LASTING, read_base
from bot.adapters.redis.entries import DELETED
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.macs import kind_of
from bot.adapters.redis.names import AUDIT, AUDIT_BASE, KINDS, MAC, SIGNING
from bot.adapters.redis.steps import Guard, Write, delete, hset
from bot.adapters.redis.store import Store
from bot.domain.audit import ChainKey, Entry
from bot.domain.export import Export
from bot.domain.verification import Absent, Broken, Intact
from bot.errors import NotArchived, StoreError
from tests.contracts.archives_kept import ALL, Keeping
from tests.contracts.records_kept import AT, ENTRY, KEY, RECORDS, Storage, rotated
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

NEWER: Final = b"n" * 32
SECOND: Final = timedelta(seconds=1)
MARKED: Final = [kind for kind in RECORDS if kind != "offer"]
CHANGING: Final = [kind for kind, how in RECORDS.items() if how.change]
PUBLIC: Final = CheckpointSigner(KEY).public


@pytest.fixture
def keeping(redis: Redis, tmp_path: Path) -> Keeping:
    """One process that archives, on an empty Redis."""
    return Keeping(redis, tmp_path)


async def log_of(redis: Redis, entries: int) -> None:
    """Write entries."""
    for _ in range(entries):
        assert await Storage(redis).stores.ledger.write(ENTRY, ())


@pytest.mark.parametrize("kind", MARKED)
async def test_a_record_that_only_trimmed_entries_name_is_believed(
    kind: str, keeping: Keeping
) -> None:
    """By a process that runs, and by one that starts; each change of it counts as before"""
    how, storage = RECORDS[kind], Storage(keeping.redis)
    await how.write(storage, "1")
    found = await how.read(storage, "1")
    assert found
    await log_of(keeping.redis, 2)
    assert await keeping.archive()
    for reader in (storage, Storage(keeping.redis)):
        assert found == await how.read(reader, "1")
    if how.change:
        await how.change(Storage(keeping.redis), "1")
        assert found != await how.read(storage, "1")
    assert 0 == await Storage(keeping.redis).stores.signed.marks.cut()


@pytest.mark.parametrize("kind", CHANGING)
async def test_an_older_record_stays_refused(kind: str, keeping: Keeping) -> None:
    """Also where the newer one was removed by hand before the entries were trimmed"""
    how, storage = RECORDS[kind], Storage(keeping.redis)
    for removed in (False, True):
        number = "12"[removed]
        key = await how.write(storage, number)
        older = await Store(keeping.redis).fields(key)
        assert how.change
        await how.change(storage, number)
        await log_of(keeping.redis, 2)
        if removed:
            await keeping.redis.delete(key)
        assert await keeping.archive()
        await keeping.redis.delete(key)
        await Store(keeping.redis).call(*hset(key, older))
        for signed in (storage.stores.signed, Storage(keeping.redis).stores.signed):
            assert {} == await signed.find(key)


@pytest.mark.parametrize("kind", sorted(LASTING & RECORDS.keys()))
async def test_a_record_that_was_removed_is_missed_after_the_trim_too(
    kind: str, keeping: Keeping
) -> None:
    """Else an admin's tier, or whose binding it is, would be what it was at first"""
    how, storage = RECORDS[kind], Storage(keeping.redis)
    key = await how.write(storage, "1")
    await log_of(keeping.redis, 2)
    await keeping.redis.delete(key)
    assert await Storage(keeping.redis).stores.signed.is_gone(key)
    assert await keeping.archive()
    assert await Storage(keeping.redis).stores.signed.is_gone(key)
    assert not await Storage(keeping.redis).stores.signed.is_gone(f"{key}9")


def test_the_lasting_kinds_are_kinds() -> None:
    """A misspelt one would keep nothing"""
    assert LASTING - {kind_of(SIGNING)} < KINDS.keys()


async def test_archives_and_log_are_proven_together(keeping: Keeping) -> None:
    """Each archive by the public key too; and the log alone from where it begins"""
    keeping.batch = 3
    await log_of(keeping.redis, 9)
    assert [
        "audit-000000000001-000000000003.jsonl",
        "audit-000000000004-000000000006.jsonl",
        "audit-000000000007-000000000008.jsonl",
    ] == await keeping.archive()
    head = (await keeping.records())[-1].seq
    after = (await keeping.base()).seq
    proven = await keeping.verified()
    assert isinstance(proven, Intact)
    assert (head, after) == (proven.head.seq, proven.after)
    assert Intact(proven.head) == await keeping.verified_whole()
    audited = keeping.audited([PUBLIC])
    assert isinstance(audited, Intact)
    assert after == audited.head.seq
    assert isinstance(keeping.audited([CheckpointSigner(NEWER).public]), Broken)


async def test_a_missing_a_foreign_and_an_altered_archive_are_found(keeping: Keeping) -> None:
    """At the entry where the archives end to fit together"""
    keeping.batch = 3
    await log_of(keeping.redis, 8)
    first, second, *_ = [keeping.directory / name for name in await keeping.archive()]
    text = second.read_text()
    second.write_text(text.replace("key:list", "key:show", 1))
    assert Broken(4, f"{second} is not proven: the record was altered, or its neighbour was") == (
        await keeping.verified_whole()
    )
    second.unlink()
    assert Absent(4, "no archive has entries 4 to 6") == await keeping.verified_whole()
    second.write_text(first.read_text())
    assert Broken(1, "two archives have entries from 1 on") == await keeping.verified_whole()
    second.write_text(text)
    assert isinstance(await keeping.verified_whole(), Intact)


async def test_young_entries_and_the_newest_one_stay(keeping: Keeping) -> None:
    """Up to the first that is young, whatever comes behind it"""
    await log_of(keeping.redis, 3)
    assert [] == await keeping.archive(AT)
    assert [1, 2, 3] == await keeping.left()
    assert ["audit-000000000001-000000000002.jsonl"] == await keeping.archive(ALL)
    keeping.clock.at = AT + timedelta(days=1)
    assert [3, 4] == await keeping.left()
    assert AT == await keeping.archiver.oldest()


async def test_a_time_to_come_holds_no_entry_back(keeping: Keeping) -> None:
    """One of a clock that was wrong is as old as its neighbours; a young one behind it stays"""
    keeping.clock.at = AT + timedelta(days=2)
    for days in (0, 30_000, 0, 1, 0):
        ledger = Storage(keeping.redis).stores.ledger
        assert await ledger.write(replace(ENTRY, at=AT + timedelta(days=days)), ())
    assert ["audit-000000000001-000000000003.jsonl"] == await keeping.archive(AT + SECOND)
    assert [4, 5, 6] == await keeping.left()
    assert isinstance(await keeping.verified_whole(), Intact)


async def test_an_archive_of_a_run_that_was_cut_short_is_used(keeping: Keeping) -> None:
    """A crash came between the archive and the trim; then the log went on"""
    await log_of(keeping.redis, 4)
    (name,) = await keeping.archive()
    assert json.loads((await keeping.records())[-1].body)["action"] == "audit:trim"
    written = (keeping.directory / name).read_text()

    await keeping.redis.flushall()
    await log_of(keeping.redis, 6)  # the same four first
    assert name == (await keeping.archive())[0]
    assert written == (keeping.directory / name).read_text()
    assert isinstance(await keeping.verified_whole(), Intact)


class Dying(Ledger):
    """A ledger whose process dies as it trims: before the step, or after it."""

    late = False

    async def write(
        self, entry: Entry, writes: tuple[Write, ...], *guards: Guard, replicated: bool = False
    ) -> bool:
        """Die."""
        del replicated
        if self.late:
            await super().write(entry, writes, *guards)
        raise StoreError("died")


@pytest.mark.parametrize("late", [False, True])
async def test_a_crash_loses_no_entry_and_trims_none_twice(late: bool, keeping: Keeping) -> None:  # noqa: FBT001
    """As a file was half written, before the step, and after it; the next run goes on"""
    keeping.batch = 3
    await log_of(keeping.redis, 8)
    half = keeping.directory / "audit-000000000001-000000000003.jsonl.part"
    half.write_text('{"seq": 1, "ent')
    dying = Dying(keeping.redis, Store(keeping.redis), ChainKey(KEY))
    dying.late = late
    for left in [4, 7] if late else [1, 1]:
        with pytest.raises(StoreError):
            await keeping.archiver_with(dying).archive(Archives(keeping.directory), ALL)
        assert left == (await keeping.left())[0]
    await keeping.archive()
    assert not half.exists()
    proven = await keeping.verified_whole()
    assert isinstance(proven, Intact)
    exports = [export for _, export in Archives(keeping.directory).read()]
    numbers = [it.seq for export in exports if isinstance(export, Export) for it in export.records]
    assert numbers + await keeping.left() == list(range(1, proven.head.seq + 1))


async def test_nothing_is_trimmed_without_its_archive(keeping: Keeping) -> None:
    """No directory, a damaged file in the way, one of another log, or a log that was altered"""
    await log_of(keeping.redis, 4)
    there = keeping.directory
    keeping.directory = there / "none"
    with pytest.raises(NotArchived, match="can't be written"):
        await keeping.archive()
    keeping.directory = there
    in_the_way = there / "audit-000000000001-000000000003.jsonl"
    for text, reason in {"": "is empty", "{": "is damaged"}.items():
        in_the_way.write_text(text)
        with pytest.raises(NotArchived, match=reason):
            await keeping.archive()
    in_the_way.unlink()
    await keeping.archive()
    text = in_the_way.read_text()
    await keeping.redis.flushall()
    await log_of(keeping.redis, 2)
    await keeping.redis.hset(AUDIT_BASE, "seq", "1")
    in_the_way.unlink()
    with pytest.raises(NotArchived, match="not what the audit log names"):
        await keeping.archive()
    await keeping.redis.flushall()
    await RECORDS["tier"].write(Storage(keeping.redis), "1")
    await log_of(keeping.redis, 4)
    for path in there.iterdir():
        path.unlink()
    in_the_way.write_text(text)
    with pytest.raises(NotArchived, match="of another log"):
        await keeping.archive()
    assert [1, 2, 3, 4, 5] == await keeping.left()


def test_no_archive_replaces_another_one(tmp_path: Path) -> None:
    """Two writers in one directory, at the same time: the first to end has its file, whole"""
    archives = Archives(tmp_path)

    def overtaken() -> Iterator[str]:
        yield "the second"
        archives.write(1, 2, ["the first", "its end"])
        yield "the end of the second"

    with pytest.raises(OSError, match="audit-"):
        archives.write(1, 2, overtaken())
    [path] = tmp_path.iterdir()
    assert path.read_text() == "the first\nits end\n"
    assert path == archives.at(1)


async def test_two_processes_archive_once(keeping: Keeping) -> None:
    """Each archive is written once, and its entries are trimmed once"""
    keeping.batch = 2
    keeping.clock.at = AT + timedelta(days=1)
    await log_of(keeping.redis, 7)
    found = await asyncio.gather(*(keeping.archive(AT + timedelta(seconds=1)) for _ in range(3)))
    made = [name for names_ in found for name in names_]
    assert sorted(set(made)) == sorted(made)
    assert isinstance(await keeping.verified_whole(), Intact)
    trims = [it for it in await keeping.records() if '"audit:trim"' in it.body]
    assert len(made) == len(trims) >= 3


FORGED: Final = {"seq": "2", "head": "0" * 64, "records": "", "digest": "x", "key": "x"}


@pytest.mark.parametrize("name", [*FORGED, "at", "proof", ""])
async def test_a_base_that_was_altered_or_removed_is_a_log_that_was_cut(
    name: str, keeping: Keeping
) -> None:
    """In any of its fields: nothing that only it names is believed"""
    await RECORDS["tier"].write(Storage(keeping.redis), "1")
    await log_of(keeping.redis, 4)
    await keeping.archive()
    assert 0 == await Storage(keeping.redis).stores.signed.marks.cut()
    if name:
        await keeping.redis.hset(AUDIT_BASE, name, FORGED.get(name, "x"))
    else:
        await keeping.redis.delete(AUDIT_BASE)
    signed = Storage(keeping.redis).stores.signed
    assert await signed.marks.cut() > 1
    assert {} == await signed.find(names.tier("1"))
    assert isinstance(await keeping.verified(), Broken)


async def test_a_former_base_is_none_of_a_log_that_was_trimmed_since(keeping: Keeping) -> None:
    """Keysmith has signed it, and it does not fit"""
    await RECORDS["tier"].write(Storage(keeping.redis), "1")
    await log_of(keeping.redis, 2)
    await keeping.archive()
    former = await Store(keeping.redis).fields(AUDIT_BASE)
    await RECORDS["tier"].change(Storage(keeping.redis), "1")  # type: ignore[misc]  # it has one
    await log_of(keeping.redis, 2)
    await keeping.archive()
    await Store(keeping.redis).call(*hset(AUDIT_BASE, former))
    signed = Storage(keeping.redis).stores.signed
    assert await signed.marks.cut() > 1
    assert {} == await signed.find(names.tier("1"))


async def test_a_process_that_has_not_looked_since_goes_on_from_the_base(keeping: Keeping) -> None:
    """It was idle for longer than entries are kept; a log that was set back is another thing"""
    idle = Storage(keeping.redis)
    await RECORDS["tier"].write(idle, "1")
    assert await RECORDS["tier"].read(idle, "1")
    await RECORDS["tier"].change(Storage(keeping.redis), "1")  # type: ignore[misc]  # it has one
    await log_of(keeping.redis, 3)
    await keeping.archive()
    found = await RECORDS["tier"].read(idle, "1")
    assert found
    assert found == await RECORDS["tier"].read(Storage(keeping.redis), "1")


async def test_a_new_key_signs_the_base_so_that_the_old_one_can_go(keeping: Keeping) -> None:
    """Until then the base is proven under the old key alone"""
    await RECORDS["tier"].write(Storage(keeping.redis), "1")
    await log_of(keeping.redis, 2)
    await keeping.archive()
    keeping.keys = (NEWER, KEY)
    assert not await keeping.archiver.sign_again()  # it only reads yet
    assert await rotated(keeping.redis, *keeping.keys)
    assert await keeping.archiver.sign_again()
    assert not await keeping.archiver.sign_again()
    assert 2 == (await read_base(Store(keeping.redis), [ChainKey(NEWER)])).seq
    assert await RECORDS["tier"].read(Storage(keeping.redis, (NEWER, KEY)), "1")
    await RECORDS["request"].write(Storage(keeping.redis, keeping.keys), "2")
    await keeping.archive()
    assert isinstance(await keeping.verified_whole(), Intact)
    assert 0 == await Storage(keeping.redis, (NEWER,)).stores.signed.marks.cut()


class History:
    """What a log of writes, deletions, trims and restarts leads to, by a second count."""

    def __init__(self, keeping: Keeping) -> None:
        self.keeping = keeping
        self.running = Storage(keeping.redis)
        self.written = dict[str, list[dict[str, str]]]()
        self.newest = dict[str, str]()

    async def do(self, what: str, kind: str, number: int) -> None:
        """Do one step."""
        key = f"{names.PREFIX}{kind}:{number}"
        match what:
            case "write":
                versions = self.written.setdefault(key, [])
                fields = {"n": str(len(versions))}
                fields[MAC] = self.running.stores.signed.macs.of(key, fields)
                versions.append(fields)
                self.newest[key] = fields[MAC]
                await self._commit(delete(key), hset(key, fields))
            case "delete":
                self.newest[key] = DELETED
                await self._commit(delete(key))
            case "remove":  # by hand, or since it expired
                await self.keeping.redis.delete(key)
            case "trim":
                self.keeping.batch = number
                await self.keeping.archive()
            case "look":
                await self.running.stores.signed.find(key)
            case _:
                self.running = Storage(self.keeping.redis)

    async def _commit(self, *writes: Write) -> None:
        assert await self.running.stores.ledger.write(ENTRY, writes)

    async def compare(self) -> None:
        """Compare each record that ever was, put back, with what it was last."""
        for process in (self.running, Storage(self.keeping.redis)):
            signed = process.stores.signed
            assert 0 == await signed.marks.cut()
            for key, versions in self.written.items():
                there = await Store(self.keeping.redis).fields(key)
                for fields in versions:
                    await self.keeping.redis.delete(key)
                    await Store(self.keeping.redis).call(*hset(key, fields))
                    believed = await signed.marks.newest(key) == fields[MAC]
                    newest = fields[MAC] == self.newest[key]
                    lost = not there and kind_of(key) not in LASTING
                    assert believed == newest or (lost and not believed)
                await self.keeping.redis.delete(key)
                if there:
                    await Store(self.keeping.redis).call(*hset(key, there))
            for key, mac in self.newest.items():
                if kind_of(key) in LASTING:
                    assert mac == await signed.marks.newest(key)


STEPS: Final = st.tuples(
    st.sampled_from(["write", "write", "delete", "remove", "trim", "look", "restart"]),
    st.sampled_from(["errand", "tier", "request"]),
    st.integers(1, 3),
)


@given(steps=st.lists(STEPS, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_believed_after_trims_is_what_was_believed_without(
    keeping: Keeping, steps: list[tuple[str, str, int]]
) -> None:
    """Whatever was written, deleted, removed and trimmed, in any order; archives prove it all"""
    await keeping.redis.flushall()
    for path in keeping.directory.iterdir():
        path.unlink()
    history = History(keeping)
    await log_of(keeping.redis, 1)
    for step in steps:
        await history.do(*step)
    await history.compare()
    if await keeping.redis.exists(AUDIT_BASE):
        assert isinstance(await keeping.verified_whole(), Intact)
        assert (await keeping.base()).seq == sum(
            len(export.records) if not isinstance(export, Broken) else 0
            for _, export in Archives(keeping.directory).read()
        )
    assert await keeping.redis.exists(AUDIT)
