"""`recover` on a log whose key was given up as lost: what the lost key signed explains nothing."""

import argparse
import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import names
from bot.adapters.redis.stores import Stores, open_ledger, open_stores
from bot.cli.recover import _log
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record, chain
from bot.domain.export import closing_line, record_line
from bot.domain.verification import RECOVERY
from bot.errors import ConfigurationError, KeyMissing
from bot.flows.recovery.survey import Log
from bot.settings import StoreSettings, read_settings
from tests.contracts.records_kept import AT, ENTRY, SPAN
from tests.contracts.redis_server import redis, server
from tests.contracts.test_key_rotation import IDS, NEW, NEWEST, OLD, ROLLED, commit, started
from tests.variables import variables

__all__ = ["redis", "server"]

FORGED: Final = Entry(AT, AuditEvent.RECOVERED, RECOVERY, target={"kept": "1:x", "seen": "99:x"})


async def given_up(redis: Redis, lost: bytes, *keys: bytes) -> None:
    """Let the newest of the keys sign, since another one is lost."""
    ledger = open_ledger(redis, keys)
    with pytest.raises(KeyMissing):
        await ledger.signing.look()
    entry = replace(ROLLED, target={names.ROLLED_LOST: IDS[lost]})
    assert await ledger.rotate(entry, "told")


def exported(path: Path, records: Sequence[Record], key: bytes) -> Path:
    """Write an export of the day before."""
    head, at = Head(records[-1].seq, records[-1].mac), (AT - timedelta(days=1)).isoformat()
    closing = closing_line(records, head, at, ChainKey(key), None)
    path.write_text("\n".join([*map(record_line, records), closing]))
    return path


async def survey_of(redis: Redis, keys: Sequence[bytes], against: Path | None, seen: Path) -> Log:
    """Read the log as `recover --against` does."""
    with variables() as values:
        values["KEYSMITH_KEYS"] = ",".join(base64.b64encode(key).decode() for key in keys)
        settings = read_settings(StoreSettings)
    stores: Stores = open_stores(redis, tuple(keys), link_ttl=SPAN, claim_ttl=SPAN, recovering=True)
    await stores.ledger.signing.look()
    arguments = argparse.Namespace(against=against, seen=seen, archive=None)
    return await _log(settings, stores, arguments)


async def test_a_recovery_that_the_lost_key_signed_explains_no_loss(
    redis: Redis, tmp_path: Path
) -> None:
    """Who writes to Redis can write it there; the export still says what is missing"""
    old = await started(redis, OLD)
    await commit(old)
    await old.write(FORGED, ())
    other, last = list[Record](), Head()
    for _ in range(9):
        other.append(chain(last.seq + 1, last.mac, ENTRY.body(), ChainKey(NEW)))
        last = Head(other[-1].seq, other[-1].mac)
    path = exported(tmp_path / "audit.jsonl", other, NEW)
    with pytest.raises(ConfigurationError, match="Nothing changed"):
        await survey_of_old(redis, path, tmp_path / "seen.json")
    await given_up(redis, OLD, NEW)
    found = await survey_of(redis, (NEW,), path, tmp_path / "seen.json")
    assert not found.recovered
    assert found.lost
    assert len(other) == found.lost.entries


async def survey_of_old(redis: Redis, path: Path, seen: Path) -> Log:
    """Read the log with a key that has signed none of it, and that gave none up."""
    stores = open_stores(redis, (NEW,), link_ttl=SPAN, claim_ttl=SPAN, recovering=True)
    with variables() as values:
        values["KEYSMITH_KEYS"] = base64.b64encode(NEW).decode()
        settings = read_settings(StoreSettings)
    return await _log(settings, stores, argparse.Namespace(against=path, seen=seen, archive=None))


async def test_what_is_proven_before_the_lost_key_is_not_missing(
    redis: Redis, tmp_path: Path
) -> None:
    """An export from before has it, and the log has it still"""
    first = await started(redis, OLD)
    await commit(first)
    await commit(first)
    path = exported(tmp_path / "audit.jsonl", [each async for each in first.records()], OLD)
    both = await started(redis, NEW, OLD)
    assert await both.rotate(ROLLED, "told")
    await commit(await started(redis, NEW, OLD))
    await given_up(redis, NEW, NEWEST, OLD)
    found = await survey_of(redis, (NEWEST, OLD), path, tmp_path / "seen.json")
    assert found.lost
    assert not found.lost.entries


async def test_what_an_export_proves_before_a_lost_key_is_missing_where_the_log_lacks_it(
    redis: Redis, tmp_path: Path
) -> None:
    """Redis lost all of it; only what the lost key signed can't be told"""
    old = await started(redis, OLD)
    await commit(old)
    await commit(old)
    both = await started(redis, NEW, OLD)
    assert await both.rotate(ROLLED, "told")
    await commit(await started(redis, NEW, OLD))
    await given_up(redis, NEW, NEWEST, OLD)
    records = [each async for each in open_ledger(redis, (NEWEST, OLD)).records()]
    proven = [each for each in records if each.key_id != IDS[NEW]]
    assert {each.key_id for each in proven} == {IDS[OLD], IDS[NEWEST]}
    path = exported(tmp_path / "audit.jsonl", records, NEWEST)
    await redis.flushall()
    await commit(await started(redis, NEWEST, OLD))
    found = await survey_of(redis, (NEWEST, OLD), path, tmp_path / "seen.json")
    assert found.lost
    assert len(proven) == found.lost.entries
