"""`audit archive`, and what `audit verify` says of a log whose oldest entries are in archives."""

import base64
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.checkpoints import CheckpointSigner
from bot.cli import audit
from bot.cli.usage import Parser
from bot.errors import ConfigurationError
from tests.contracts.records_kept import ENTRY, KEY, Storage
from tests.contracts.redis_server import redis, server
from tests.contracts.test_redis_trimmed import log_of
from tests.variables import variables

__all__ = ["redis", "server"]

PUBLIC: Final = CheckpointSigner(KEY).public

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def run(server: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run `audit …` in this process; gives its exit code and what it prints."""
    parser = Parser()
    audit.add_parser(parser.add_subparsers())
    with variables() as environment:
        environment["REDIS_URL"] = f"unix://{server}"
        environment["KEYSMITH_KEYS"] = base64.b64encode(KEY).decode()
        environment.pop("AUDIT_ARCHIVE", None)

        async def command(*arguments: str | Path) -> tuple[int, str]:
            verb, *rest = map(str, arguments)
            seen = ["--seen", f"{tmp_path}/seen.json"] if verb == "verify" else []
            parsed = parser.parse_args(["audit", verb, *rest, *seen])
            capsys.readouterr()
            code = await parsed.run(parsed)
            return code, "".join(capsys.readouterr())

        yield command


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory for archives."""
    found = tmp_path / "archives"
    found.mkdir()
    return found


def tomorrow() -> str:
    """Before it is each entry, also those that archiving has written."""
    return f"{datetime.now(UTC) + timedelta(days=1):%F}"


def files(directory: Path) -> list[Path]:
    """List the archives."""
    return sorted(directory.iterdir())


async def test_a_trimmed_log_is_proven_alone_and_with_its_archives(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """With the secret keys, by an auditor without them, in Redis, and as an export"""
    await log_of(redis, 5)
    code, out = await run("export", "--file", tmp_path / "before.jsonl")
    assert (code, out) == (0, f"Exported 5 entries to {tmp_path}/before.jsonl.\n")
    before = ("--against", tmp_path / "before.jsonl")
    code, out = await run("archive", "--directory", directory, "--before", "2026-03-02")
    assert (code, "audit-000000000001-000000000004.jsonl" in out) == (0, True), out
    assert "Archives written: 1. Keep a copy of each elsewhere: Redis no longer" in out
    code, out = await run("archive", "--directory", directory, "--before", "2026-03-01")
    assert (code, "No entry is from before 2026-03-01" in out) == (0, True), out

    code, out = await run("verify")
    assert (code, "intact from entry 5 to 6" in out, "--archive" in out) == (0, True, True), out
    code, out = await run("verify", "--archive", directory, *before)
    assert (code, "intact: 6 entries" in out) == (0, True), out

    later = tmp_path / "later.jsonl"
    assert (await run("export", "--file", later))[0] == 0
    for trust in ([], ["--public", PUBLIC]):
        code, out = await run("verify", "--file", later, *trust)
        assert (code, "intact from entry 5 to 6" in out) == (0, True), out
        code, out = await run("verify", "--file", later, "--archive", directory, *trust, *before)
        assert (code, "intact: 6 entries" in out) == (0, True), out
        for archive in files(directory):
            assert (await run("verify", "--file", archive, *trust))[0] == 0
    code, out = await run("verify", "--archive", directory, "--public", PUBLIC, *before)
    assert code == 1, out  # an archive of four entries does not continue an export of five
    code, out = await run("verify", "--archive", directory, "--public", PUBLIC)
    assert (code, "intact: 4 entries" in out) == (0, True), out


async def test_a_directory_that_lacks_an_archive_is_told_as_such(
    redis: Redis, run: Run, directory: Path
) -> None:
    """Nothing was found wrong in what is there, and still nothing is called intact"""
    await log_of(redis, 5)
    await run("archive", "--directory", directory, "--before", "2026-03-02")
    await log_of(redis, 3)
    await run("archive", "--directory", directory, "--before", tomorrow())
    files(directory)[0].unlink()
    for words in ("is NOT verified: no archive has entries 1 to 4", "Copy the archives"):
        code, out = await run("verify", "--archive", directory)
        assert (code, words in out, "NOT hold" in out) == (1, True, False), out


async def test_what_no_verification_has_written_is_no_head_that_was_seen(
    redis: Redis, run: Run, tmp_path: Path
) -> None:
    """A wrong file name is no reason to suspect a key"""
    await log_of(redis, 2)
    (tmp_path / "seen.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="is not what `audit verify` stores"):
        await run("verify")


async def test_what_was_seen_before_has_to_be_in_the_archives(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """Without them it is not compared, which is no success; another history is found in them"""
    await log_of(redis, 3)
    assert (await run("verify"))[0] == 0
    assert (await run("export", "--file", tmp_path / "three.jsonl"))[0] == 0
    await log_of(redis, 3)
    await run("archive", "--directory", directory, "--before", "2026-03-02")
    code, out = await run("verify")
    assert (code, "entry 3 is in an archive" in out) == (1, True), out
    code, out = await run("verify", "--archive", directory)
    assert (code, "intact: 7 entries" in out) == (0, True), out

    assert (await run("export", "--file", tmp_path / "seven.jsonl"))[0] == 0
    await redis.flushall()
    (directory / "audit-000000000001-000000000005.jsonl").unlink()
    (tmp_path / "seen.json").unlink()
    storage = Storage(redis)
    for _ in range(6):
        await storage.stores.ledger.write(replace(ENTRY, job="other"), ())
    await run("archive", "--directory", directory, "--before", "2026-03-02")
    against = ("--archive", directory, "--against", tmp_path / "three.jsonl")
    code, out = await run("verify", *against)
    assert (code, "does NOT continue" in out) == (1, True), out
    (tmp_path / "seen.json").write_text((tmp_path / "three.jsonl").read_text().splitlines()[-1])
    code, out = await run("verify", "--against", tmp_path / "seven.jsonl")
    assert (code, "does NOT continue" in out) == (1, True), out


async def test_archives_that_do_not_lead_up_to_the_log_prove_nothing(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """The last one is missing, or there is none at all"""
    await log_of(redis, 3)
    await run("archive", "--directory", directory, "--before", "2026-03-02")
    await log_of(redis, 3)
    await run("archive", "--directory", directory, "--before", tomorrow())
    first, last = files(directory)
    assert (await run("verify", "--archive", directory))[0] == 0
    text = last.read_text()
    last.unlink()
    code, out = await run("verify", "--archive", directory)
    assert (code, "no archive has entries 3 to 6" in out) == (1, True), out
    first.unlink()
    last.write_text(text)
    code, out = await run("verify", "--archive", directory)
    assert (code, "no archive has entries 1 to 2" in out) == (1, True), out
    with pytest.raises(ConfigurationError, match="has no archive"):
        await run("verify", "--archive", tmp_path)


async def test_nothing_is_trimmed_into_a_directory_that_lacks_the_archive_before(
    redis: Redis, run: Run, directory: Path, tmp_path: Path
) -> None:
    """A volume that is not mounted looks like an empty directory; `--apart` says it is meant"""
    await log_of(redis, 3)
    await run("archive", "--directory", directory, "--before", "2026-03-02")
    await log_of(redis, 3)
    other = tmp_path / "other"
    other.mkdir()
    dated = other / "audit-2026-03-01.jsonl"  # an export, and no archive
    dated.touch()
    archive = ("archive", "--directory", other, "--before", tomorrow())
    code, out = await run(*archive)
    assert (code, "lacks the archive that ends at entry 2" in out) == (1, True), out
    assert (files(other), await redis.xlen("{keysmith}:audit")) == ([dated], 5)
    assert (await run(*archive, "--apart"))[0] == 0
    assert ["audit-000000000003-000000000006.jsonl", dated.name] == [p.name for p in files(other)]
    assert (await run("verify"))[0] == 0
    code, out = await run("verify", "--archive", other)
    assert (code, "no archive has entries 1 to 2" in out) == (1, True), out


async def test_archiving_wants_a_directory_and_says_what_it_left(
    redis: Redis, run: Run, directory: Path
) -> None:
    """One that is there: a volume that was not mounted must not look like one"""
    await log_of(redis, 3)
    for where in ([], ["--directory", directory / "none"]):
        with pytest.raises(ConfigurationError, match="Nothing was archived"):
            await run("archive", *where)
    (directory / "audit-000000000001-000000000002.jsonl").write_text("no archive")
    code, out = await run("archive", "--directory", directory, "--before", "2026-03-02")
    assert (code, "nothing of it was trimmed" in out) == (1, True), out
    assert 3 == await redis.xlen("{keysmith}:audit")
