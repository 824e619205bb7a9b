"""What `audit verify` says of a log that is not the one it was, and to an auditor without keys."""

import base64
import json
import os
import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from redis.asyncio import Redis

from bot.adapters.checkpoints import CheckpointSigner
from bot.adapters.redis.embedded import embedded_redis
from bot.adapters.redis.names import AUDIT, AUDIT_HEAD, HALTED
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_ledger
from bot.domain.audit import ChainKey, Head
from bot.domain.export import closing_line, record_line
from tests.contracts.records_kept import KEY
from tests.faults.long_log import write_log
from tests.scenarios import processes
from tests.scenarios.system import ADA, TOM, System, running_system, until

KEYS = "KEYSMITH_KEYS"
NONE_LOST = "Nothing is missing: the audit log"


async def run(system: System, *arguments: str, **variables: str | None) -> tuple[int, str]:
    """Run `python -m bot audit …` with other variables; gives its exit code and all it prints."""
    changed = system.bot.environment | variables
    environment = {name: value for name, value in changed.items() if value is not None}
    done = await processes.run(system.directory, environment, "audit", *arguments)
    return done.code, done.out + done.error


async def exported(system: System, name: str) -> str:
    """Export the log into a file, and give its path."""
    code, out = await run(system, "export", "--file", name)
    assert code == 0, out
    return name


async def test_an_auditor_verifies_an_export_without_the_secret_keys(system: System) -> None:
    """With the key that `audit key` prints; another one verifies nothing"""
    await system.send("key list")
    await exported(system, "signed.jsonl")
    public = (await run(system, "key"))[1].split()[0]
    without = {KEYS: None, "REDIS_URL": None}
    verify = ("verify", "--file", "signed.jsonl", "--public")
    code, out = await run(system, *verify, public, **without)
    assert (code, "intact" in out) == (0, True), out
    code, out = await run(system, *verify, f"ed25519:{'A' * 43}", **without)
    assert (code, "this key did not sign this log" in out) == (1, True), out
    assert out.count("ed25519:") == 2
    export = system.directory / "signed.jsonl"
    changed = system.directory / "changed.jsonl"
    changed.write_text(export.read_text().replace('"at": "20', '"at": "19', 1))
    for key in (public, f"ed25519:{'A' * 43}"):
        code, out = await run(system, "verify", "--file", str(changed), "--public", key, **without)
        assert (code, "does NOT hold" in out, "did not sign" in out) == (1, True, False), out
    own = {KEYS: base64.b64encode(b"x" * 32).decode()}
    for more in ((), ("--file", "signed.jsonl")):
        code, out = await run(system, "verify", *more, "--seen", "new.json", **own)
        assert (code, "no key of KEYSMITH_KEYS signed it" in out) == (1, True), out
    code, out = await run(system, "verify", "--public", public, **without)
    assert (code, "--file" in out) == (1, True), out


async def test_an_admin_reads_the_log_in_slack_and_gets_it_as_a_file(system: System) -> None:
    """The file comes to them alone, and proves itself; a technical admin gets neither"""
    await system.send("key list")
    shown = await system.send(f"audit --who @{TOM}", ADA)
    assert "List the access keys that you can see" in shown["text"]
    assert "Answered to" in shown["text"]
    assert re.search(r"Entry \d+\.", shown["text"])
    refused = await system.send("audit --export")
    assert "Nothing changed." in refused["text"]
    answer = await system.send("audit --export", ADA)
    assert "is in your direct message" in answer["text"]
    private = await system.messages(ADA, f"D{ADA[1:]}")
    (file,) = (file for each in private for file in each.get("files") or ())
    async with system.session.get(
        f"{system.twins.at.slack}/sandbox/file/{file['id']}?user={ADA}"
    ) as got:
        (system.directory / file["name"]).write_bytes(await got.read())
    code, out = await run(system, "verify", "--file", file["name"])
    assert (code, "intact" in out) == (0, True), out
    assert [each["deed"] for each in await system.audit() if each["action"] == "audit"][-3:] == [
        *("asked", "begun", "answered"),
    ]


async def test_a_later_export_continues_an_older_one_and_no_other(system: System) -> None:
    """The older one does not continue the later one, and a file that is no export proves nothing"""
    await system.send("key list")
    await exported(system, "older.jsonl")
    await system.send("env list")
    await exported(system, "later.jsonl")
    public = (await run(system, "key"))[1].split()[0]
    for trust in ((), ("--public", public)):
        forth = ("verify", "--file", "later.jsonl", "--against", "older.jsonl", *trust)
        back = ("verify", "--file", "older.jsonl", "--against", "later.jsonl", *trust)
        assert (await run(system, *forth))[0] == 0
        code, out = await run(system, *back)
        assert (code, "does NOT continue" in out) == (1, True), out
    lines = (system.directory / "older.jsonl").read_text().splitlines(keepends=True)
    (system.directory / "cut.jsonl").write_text("".join(lines[:-1]))
    code, out = await run(system, "verify", "--against", "cut.jsonl")
    assert (code, "proves nothing" in out) == (1, True), out
    assert (await run(system, "verify", "--against", "older.jsonl"))[0] == 0


async def alter(redis: Redis) -> None:
    """Swap two letters in every record; a second time undoes it."""
    store = Store(redis)
    swapped = str.maketrans("ad", "da")
    adding = [
        (
            "XADD",
            AUDIT,
            place,
            *chain(*(fields | {"body": fields["body"].translate(swapped)}).items()),
        )
        for place, fields in await store.stream(AUDIT, "-", "+", 1000)
    ]
    await store.transact(("DEL", AUDIT), *adding)


async def cut(redis: Redis) -> None:
    """Take the newest half of the log away, and make the head fit: all that Redis can show fits."""
    store = Store(redis)
    records = await store.stream(AUDIT, "-", "+", 1000)
    kept = records[: len(records) // 2]
    adding = [("XADD", AUDIT, place, *chain(*fields.items())) for place, fields in kept]
    place, fields = kept[-1]
    head = ("SET", AUDIT_HEAD, f"{place.split('-')[0]}:{fields['mac']}")
    await store.transact(("DEL", AUDIT), *adding, head)


async def test_a_log_that_was_cut_wiped_or_is_out_of_reach_is_not_intact(tmp_path: Path) -> None:
    """The exit code says so, and the text says what was found"""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, REDIS_URL=url) as system,
        Redis.from_url(url, decode_responses=True) as redis,
    ):
        assert (await run(system, "verify"))[0] in {0, 1}
        await system.send("key list")
        await system.send("env list")
        code, out = await run(system, "verify")
        assert (code, "intact" in out) == (0, True), out
        await alter(redis)
        code, out = await run(system, "export", "--file", "altered.jsonl")
        assert (code, "no checkpoint" in out) == (1, True), out
        assert "signature" not in (tmp_path / "altered.jsonl").read_text()
        await alter(redis)
        good = await exported(system, "good.jsonl")
        whole = (tmp_path / good).read_text()
        await cut(redis)
        code, out = await run(system, "verify")
        assert (code, "does NOT continue" in out) == (1, True), out
        await redis.delete(AUDIT, AUDIT_HEAD)
        code, out = await run(system, "export", "--file", good)
        assert (code, "is kept, and nothing was exported" in out) == (1, True), out
        assert (tmp_path / good).read_text() == whole
        code, out = await run(system, "verify")
        assert (code, "EMPTY" in out) == (1, True), out
        gone = f"unix://{tmp_path}/none.sock"
        code, out = await run(system, "verify", REDIS_URL=gone)
        assert (code, "Nothing was verified" in out) == (1, True), out
        assert "intact" not in out


async def test_a_file_of_what_was_seen_that_no_key_signed_is_refused(system: System) -> None:
    """It could hide that the log was cut"""
    await system.send("key list")
    assert (await run(system, "verify"))[0] == 0
    seen = system.directory / "var" / "audit-seen.json"
    closing = json.loads(seen.read_text())
    closing["export"]["seq"] = 1
    seen.write_text(json.dumps(closing))
    code, out = await run(system, "verify")
    assert (code, "no configured key signed it" in out) == (1, True), out
    seen.write_bytes(b"\xff\xfe")
    code, out = await run(system, "verify")
    assert (code, "it is not text. Nothing was read" in out) == (1, True), out
    seen.unlink()
    assert (await run(system, "verify"))[0] == 0


async def test_a_worker_archives_what_is_old_and_the_log_is_proven_with_it(tmp_path: Path) -> None:
    """While people give commands; what came since stays in Redis"""
    archives = tmp_path / "archives"
    os.mkdir(archives)  # noqa: PTH102  # in an async test, a path's own method counts as blocking
    key = base64.b64encode(KEY).decode()
    async with embedded_redis(tmp_path / "redis") as url:
        async with Redis.from_url(url, decode_responses=True) as redis:
            await write_log(redis, 5, datetime.now(UTC) - timedelta(days=500))
            records = [each async for each in open_ledger(redis, [KEY]).records()][:4]
        last, chain_key = Head(records[-1].seq, records[-1].mac), ChainKey(KEY)
        early = closing_line(records, last, "before", chain_key, CheckpointSigner(KEY))
        (tmp_path / "early.jsonl").write_text("\n".join([*map(record_line, records), early]))
        async with running_system(
            tmp_path, REDIS_URL=url, AUDIT_ARCHIVE=str(archives), KEYSMITH_KEYS=key
        ) as system:

            async def archived() -> bool:
                return "audit_log_archived" in system.bot.log

            await system.send("key list")
            await until(archived)
            await system.send("env list")
            code, out = await run(system, "verify", "--archive", "archives")
            assert (code, "The audit log is intact: " in out) == (0, True), out
            code, out = await run(system, "verify")
            assert (code, "were archived: --archive" in out) == (0, True), out
            assert "audit_log_cut" not in system.bot.log
            (name,) = os.listdir(archives)  # noqa: PTH208  # likewise
            for against, archived_in, told in (
                ("early.jsonl", (), "Name the archives with --archive"),
                ("early.jsonl", ("--archive", "archives"), NONE_LOST),
                (f"archives/{name}", (), NONE_LOST),
            ):
                recover = ("recover", "--against", against, *archived_in)
                done = await processes.run(tmp_path, system.bot.environment, *recover)
                assert told in done.out + done.error, done
                found = (done.code == 0, "are missing" in done.out)
                assert found == (told == NONE_LOST, False), done


async def test_after_a_lost_key_the_log_goes_on_and_can_be_recovered(tmp_path: Path) -> None:
    """What it signed is not proven, which breaks nothing; behind it, the log is watched as ever"""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, REDIS_URL=url) as system,
        Redis.from_url(url, decode_responses=True) as redis,
    ):
        await system.send("key list")
        await system.bot.stop()
        system.bot.environment[KEYS] = base64.b64encode(b"x" * 32).decode()
        code, out = await run(system, "verify")
        assert (code, "no key of KEYSMITH_KEYS signed it" in out) == (1, True), out
        env = system.bot.environment
        done = await processes.run(tmp_path, env, "keys", "rotate", "--lost")
        assert done.code == 0, done
        await system.bot.start()
        await system.send("env list")
        last = await behind_the_lost_key(system)
        await redis.set(HALTED, "tried")
        recover = ("recover", "--against", "lost.jsonl", "--apply", "--yes")
        done = await processes.run(tmp_path, env, *recover)
        assert (done.code, "Recovered" in done.out) == (0, True), done
        assert not await redis.exists(HALTED)
        await system.send("env list")
        code, out = await run(system, "verify", "--against", "lost.jsonl")
        assert (code, f"The log is intact from entry {last + 1}" in out) == (1, True), out
        await cut(redis)
        code, out = await run(system, "verify")
        assert (code, "The log is intact" in out) == (1, False), out
        await redis.flushall()
        done = await processes.run(tmp_path, env, *recover)
        assert (done.code, "Recovered" in done.out) == (0, True), done


async def behind_the_lost_key(system: System) -> int:
    """Verify and export; gives the number of the last entry under the lost key."""
    code, out = await run(system, "verify")
    assert (code, "can't be proven" in out) == (1, True), out
    closing = json.loads((system.directory / "var" / "audit-seen.json").read_text())["export"]
    assert f"The log is intact from entry {closing['after'] + 1} to {closing['seq']}" in out
    code, out = await run(system, "export", "--file", "lost.jsonl")
    assert (code, "The export has no checkpoint" in out) == (1, True), out
    return int(closing["after"])
