"""The audit log as `/cld audit` reads it from Redis, and sends it through Slack."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.checkpoints import CheckpointSigner, CheckpointVerifier
from bot.adapters.clock import SystemClock
from bot.adapters.log_export import LogExport
from bot.adapters.redis.log import RedisLog
from bot.adapters.redis.log_file import LogFile
from bot.adapters.redis.names import AUDIT
from bot.adapters.redis.store import Store
from bot.adapters.slack.client import Slack
from bot.adapters.slack.files import SlackFiles
from bot.domain.audit import ChainKey, Head
from bot.domain.export import Export, read_export, verify_export, verify_signed
from bot.domain.verification import Intact
from bot.errors import SlackAway, SlackError
from tests.contracts.archives_kept import Keeping
from tests.contracts.records_kept import ENTRY, KEY, Storage
from tests.contracts.redis_server import redis, server
from tests.contracts.slack_lab import MIA, SCOPES, TOM, Lab, lab

__all__ = ["redis", "server"]

FILES: Final = SCOPES | {"files:write", "im:history"}
VERIFIER: Final = CheckpointVerifier([CheckpointSigner(KEY).public])


@pytest.fixture
async def slack() -> AsyncIterator[Lab]:
    """A workspace where the bot may send files."""
    async with lab(scopes=FILES) as running:
        yield running


async def log_of(redis: Redis, entries: int) -> Storage:
    """Write entries."""
    storage = Storage(redis)
    for _ in range(entries):
        assert await storage.stores.ledger.write(ENTRY, ())
    return storage


def exporter(storage: Storage, it: Lab) -> LogExport:
    """What sends the log through that workspace."""
    slack = Slack(it.config.bot_token, f"{it.url}/api/", it.session)
    files = SlackFiles(slack, it.session, f"{it.url}/api/")
    log = LogFile(storage.stores.store, storage.stores.ledger)
    return LogExport(log, files, SystemClock())


async def files_of(it: Lab, user: str) -> list[tuple[str, bytes]]:
    """The files in the direct conversation with a person."""
    shown = await it.messages(user, f"D{user[1:]}")
    found = [file for each in shown for file in each.get("files") or ()]
    return [(file["name"], await _read(it, file["id"], user)) for file in found]


async def _read(it: Lab, id_: str, user: str) -> bytes:
    async with it.session.get(f"{it.url}/sandbox/file/{id_}", params={"user": user}) as answer:
        return await answer.read()


def read(content: bytes) -> Export:
    """Read an export."""
    export = read_export(content.decode().splitlines())
    assert isinstance(export, Export), export
    return export


async def test_the_log_is_read_backwards(redis: Redis) -> None:
    """In stretches, each record proven by the one before it; a changed one is not"""
    storage = await log_of(redis, 12)
    log = RedisLog(storage.stores.store, storage.stores.ledger)
    head = await log.head()
    found = await log.newest(head.seq, 5)
    assert [each.seq for each in found] == [12, 11, 10, 9, 8]
    assert [each.seq for each in await log.newest(3, 5)] == [3, 2, 1]
    assert log.proves(found[0], Head(found[1].seq, found[1].mac))
    assert not log.proves(found[0], Head(found[2].seq, found[2].mac))
    assert log.proves((await log.newest(1, 1))[0], await log.start())
    assert await log.archives() == ()


async def test_a_trimmed_log_names_its_archives(redis: Redis, tmp_path: Path) -> None:
    """Where this process has their directory"""
    storage, keeping = await log_of(redis, 12), Keeping(redis, tmp_path)
    kept = await keeping.archive()
    log = RedisLog(storage.stores.store, storage.stores.ledger, tmp_path)
    start = await log.start()
    assert start.seq > 0
    assert await log.archives() == kept[::-1]
    oldest = (await log.newest(start.seq + 1, 1))[0]
    assert log.proves(oldest, start)
    gone = RedisLog(storage.stores.store, storage.stores.ledger, tmp_path / "none")
    assert await gone.archives() == ()


@pytest.mark.parametrize("entries", [3, 1_100])
async def test_an_export_is_verified_by_an_auditor(entries: int, redis: Redis, slack: Lab) -> None:
    """By the public key alone, and by the secret ones; only its person has it"""
    storage = await log_of(redis, entries)
    sent = await exporter(storage, slack).send(TOM, "abcdef012345", again=False)
    ((name, content),) = await files_of(slack, TOM)
    assert (name, sent.first, sent.last, sent.proven) == (sent.file, 1, entries, True)
    assert isinstance(verify_signed(read(content), VERIFIER), Intact)
    assert isinstance(verify_export(read(content), [ChainKey(KEY)], VERIFIER), Intact)
    assert await files_of(slack, MIA) == []


async def test_the_export_of_a_trimmed_log_goes_on_from_its_archives(
    redis: Redis, slack: Lab, tmp_path: Path
) -> None:
    """As `audit export` writes it"""
    storage, keeping = await log_of(redis, 12), Keeping(redis, tmp_path)
    await keeping.archive()
    sent = await exporter(storage, slack).send(TOM, "abcdef012345", again=False)
    export = read((await files_of(slack, TOM))[0][1])
    assert sent.first == export.closing.start.head.seq + 1 > 1
    assert isinstance(verify_export(export, [ChainKey(KEY)], VERIFIER), Intact)


async def test_a_log_that_does_not_hold_is_sent_without_a_checkpoint(
    redis: Redis, slack: Lab
) -> None:
    """The file's name says so"""
    storage = await log_of(redis, 5)
    await Store(redis).call("XDEL", AUDIT, "3-0")
    sent = await exporter(storage, slack).send(TOM, "abcdef012345", again=False)
    ((name, content),) = await files_of(slack, TOM)
    assert (sent.proven, name.endswith("-unproven.jsonl")) == (False, True)
    assert not read(content).closing.signature


async def test_a_job_sends_its_export_once(redis: Redis, slack: Lab) -> None:
    """Also where Slack took it, and answered with an error; another job sends its own"""
    storage = await log_of(redis, 5)
    one = exporter(storage, slack)
    first = await one.send(TOM, "abcdef012345", again=False)
    await storage.stores.ledger.write(ENTRY, ())
    assert await one.send(TOM, "abcdef012345", again=True) == first
    assert len(await files_of(slack, TOM)) == 1
    await slack.act("faults", method="files.completeUploadExternal", kind="lost")
    assert (await one.send(TOM, "another01234", again=True)).last == 6
    assert len(await files_of(slack, TOM)) == 2


async def test_an_app_without_the_scope_sends_nothing(redis: Redis) -> None:
    """The refusal is Slack's own code"""
    storage = await log_of(redis, 2)
    async with lab(scopes=SCOPES) as without:
        with pytest.raises(SlackError, match="missing_scope"):
            await exporter(storage, without).send(TOM, "abcdef012345", again=False)
    async with lab(scopes=FILES) as busy:
        await busy.act(
            "faults", method="files.getUploadURLExternal", kind="refused", error="fatal_error"
        )
        with pytest.raises(SlackAway):
            await exporter(storage, busy).send(TOM, "abcdef012345", again=False)
        assert await files_of(busy, TOM) == []
