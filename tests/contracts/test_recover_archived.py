"""`recover` on an emptied Redis whose older entries are in archives: keys that they name count."""

import argparse
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.stores import open_stores
from bot.cli.recover import _log
from bot.domain.audit import Entry
from bot.errors import ConfigurationError
from bot.flows.recovery.survey import Log
from bot.settings import StoreSettings, read_settings
from tests.contracts.records_kept import ENTRY, KEY, SPAN, Storage
from tests.contracts.redis_server import redis, server
from tests.contracts.test_audit_archived import Run, directory, files, run, tomorrow
from tests.contracts.test_redis_history import dump, restore
from tests.contracts.test_redis_trimmed import log_of

__all__ = ["directory", "redis", "run", "server"]


def key_of(days: int) -> str:
    """The API key of what is created then; so long that no MAC has it in it by chance."""
    return f"81{days}000000000000"


CREATED: Final = replace(ENTRY, target={"fingerprint": "f00d-cafe", "key": key_of(4)})


async def log_after_a_loss(redis: Redis, against: Path, archive: Path | None) -> Log:
    """Read the log as `recover --against` does."""
    stores = open_stores(redis, (KEY,), link_ttl=SPAN, claim_ttl=SPAN, recovering=True)
    await stores.ledger.signing.look()
    seen = against.with_name("none.json")
    arguments = argparse.Namespace(against=against, archive=archive, seen=seen)
    return await _log(read_settings(StoreSettings), stores, arguments)


async def test_keys_that_only_archives_name_are_found_in_them_or_said_to_be_left_out(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """The export begins behind the archives; both together are what was lost"""
    assert await Storage(redis).stores.ledger.write(CREATED, ())
    await log_of(redis, 2)
    assert (await run("archive", "--directory", directory, "--before", tomorrow()))[0] == 0
    (name,) = [path.name for path in files(directory)]
    archived = int(name.removesuffix(".jsonl").rpartition("-")[2])
    export = tmp_path / "audit.jsonl"
    assert (await run("export", "--file", export))[0] == 0
    entries = archived + len(export.read_text().splitlines()) - 1
    await redis.flushall()

    whole = (await log_after_a_loss(redis, export, directory)).lost
    part = (await log_after_a_loss(redis, export, None)).lost

    assert whole
    assert (whole.created, whole.entries, whole.unread) == (frozenset({key_of(4)}), entries, 0)
    assert part
    assert (part.created, part.entries, part.unread) == (frozenset(), entries - archived, archived)


async def test_a_directory_that_lacks_an_archive_is_refused_with_the_entries_to_look_for(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """Nothing says that the log, which is intact, does not hold; and how to go on without"""
    for days in (0, 3):
        assert await Storage(redis).stores.ledger.write(later(days), ())
    for before in ("2026-03-03", tomorrow()):
        assert (await run("archive", "--directory", directory, "--before", before))[0] == 0
    export = tmp_path / "audit.jsonl"
    assert (await run("export", "--file", export))[0] == 0
    first, last = files(directory)
    await redis.flushall()

    for missing, entries in ((last, archive_span(last)), (first, archive_span(first))):
        text = missing.read_text()
        missing.unlink()
        with pytest.raises(ConfigurationError) as refused:
            await log_after_a_loss(redis, export, directory)
        missing.write_text(text)
        told = str(refused.value)
        assert f"no archive has {entries}." in told
        assert "Nothing changed." in told
        assert "leave out --archive" in told
        assert "does NOT hold" not in told
    for path in files(directory):
        path.write_text("no archive")
    with pytest.raises(ConfigurationError, match=f"{first.name} is not proven: "):
        await log_after_a_loss(redis, export, directory)


def archive_span(path: Path) -> str:
    """The numbers of the first and the last entry of an archive, by its name."""
    first, last = map(int, path.stem.split("-")[1:])
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def later(days: int) -> Entry:
    """An entry that some days later creates a key; Keysmith knows the key by that alone."""
    target = {"fingerprint": "f00d-cafe", "key": key_of(days)}
    return replace(ENTRY, at=ENTRY.at + timedelta(days=days), target=target)


async def test_a_new_log_is_not_taken_for_what_the_archives_have(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """Keysmith went on in an emptied Redis, and has more entries by now than were archived"""
    assert await Storage(redis).stores.ledger.write(CREATED, ())
    await log_of(redis, 2)
    assert (await run("archive", "--directory", directory, "--before", tomorrow()))[0] == 0
    export = tmp_path / "audit.jsonl"
    assert (await run("export", "--file", export))[0] == 0
    await redis.flushall()
    await log_of(redis, 9)

    whole = (await log_after_a_loss(redis, export, directory)).lost
    part = (await log_after_a_loss(redis, export, None)).lost

    assert whole
    assert (whole.created, whole.unread) == (frozenset({key_of(4)}), 0)
    assert part
    assert (part.created, part.unread > 0) == (frozenset(), True)


async def test_archives_behind_the_start_of_a_log_that_was_set_back_are_read(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """Redis is from before the second archive, and the export from after it"""
    for days in (0, 3):
        assert await Storage(redis).stores.ledger.write(later(days), ())
    assert (await run("archive", "--directory", directory, "--before", "2026-03-03"))[0] == 0
    copies = await dump(redis)
    assert await Storage(redis).stores.ledger.write(later(5), ())
    await log_of(redis, 2)
    assert (await run("archive", "--directory", directory, "--before", tomorrow()))[0] == 0
    assert len(files(directory)) > 1
    export = tmp_path / "audit.jsonl"
    assert (await run("export", "--file", export))[0] == 0
    assert key_of(5) not in export.read_text()
    await restore(redis, copies)

    whole = (await log_after_a_loss(redis, export, directory)).lost
    part = (await log_after_a_loss(redis, export, None)).lost

    assert whole
    assert (whole.created, whole.unread) == (frozenset({key_of(5)}), 0)
    assert part
    assert (part.created, part.unread > 0) == (frozenset(), True)


async def test_archives_of_another_installation_name_no_key(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """They are in the same directory by mistake, and no proof of the log needs them"""
    other = tmp_path / "other"
    other.mkdir()
    for entry, where in ((later(5), other), (CREATED, directory)):
        await redis.flushall()
        assert await Storage(redis).stores.ledger.write(entry, ())
        await log_of(redis, 9 if where == other else 2)
        assert (await run("archive", "--directory", where, "--before", tomorrow()))[0] == 0
    export = tmp_path / "audit.jsonl"
    assert (await run("export", "--file", export))[0] == 0
    for strange in files(other):
        strange.rename(directory / strange.name)
    assert len(files(directory)) == 2
    await redis.flushall()

    lost = (await log_after_a_loss(redis, export, directory)).lost

    assert lost
    assert lost.created == frozenset({key_of(4)})
