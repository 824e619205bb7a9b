"""The stories in Socket Mode, with the Permissions API, with faults, and in two processes."""

from pathlib import Path
from typing import Final

import pytest

from bot.adapters.redis.embedded import embedded_redis
from bot.adapters.redis.names import NOTICES
from bot.adapters.redis.requests import queued
from bot.adapters.redis.steps import Write, xadd
from bot.domain.requests.notifications import Topic, to_person, to_security
from tests.scenarios.opening import open_link
from tests.scenarios.presses import drained
from tests.scenarios.system import (
    ADA,
    MIA,
    NIA,
    PLATFORM,
    SECURITY,
    TOM,
    Bot,
    System,
    link_of,
    running_system,
    until,
)

WORN_OUT: Final = """
-- Queue an item that a dead worker holds, and that has ended five of them.
local id = redis.call('XADD', KEYS[1], unpack(ARGV))
redis.call('XREADGROUP', 'GROUP', 'workers', 'dead', 'STREAMS', KEYS[1], '>')
redis.call('XCLAIM', KEYS[1], 'workers', 'dead', 0, id, 'RETRYCOUNT', 5, 'JUSTID')
return id
"""


async def test_socket_mode_gives_the_same_results(tmp_path: Path) -> None:
    """The listeners are the same, and there is no public address for Slack."""
    async with running_system(tmp_path, socket_mode=True) as system:
        assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]
        assert "You can't use" in (await system.send("key disable ci-bot", MIA))["text"]
        link = link_of(await system.send("key create deploy --env staging"))
        assert (await open_link(system, link))["name"] == "deploy"
        async with system.session.post(f"{system.twins.at.bot}/slack/events") as answer:
            assert answer.status in {404, 405}


async def test_cloudinarys_own_policies_replace_the_role(tmp_path: Path) -> None:
    """With the Permissions API, the account's policies decide who manages keys, and where."""
    async with running_system(tmp_path, permissions=True) as system:
        assert "you can manage its keys" in (await system.send("whoami"))["text"]
        assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]
        refused = (await system.send("key disable e2e-tests --env staging", MIA))["text"]
        assert "You can't use" in refused
        assert "No key named ci-bot" in (await system.send("key disable ci-bot", NIA))["text"]


async def test_a_slow_cloudinary_does_not_delay_the_ack(system: System) -> None:
    """The ack comes within a second, and the answer follows."""
    await system.fail("GET", "*/sub_accounts", "latency", seconds=4)

    sent = await system.act("command", user=TOM, channel=PLATFORM, text="key list")

    assert sent["delivered"] == "ok"
    assert sent["elapsed_ms"] < 1000

    async def answered() -> bool:
        return any("20 keys" in m["text"] for m in await system.messages())

    assert await until(answered)


async def test_a_lost_answer_of_cloudinary_makes_no_second_key(system: System) -> None:
    """After a 500 or a cut connection, Keysmith finds the created key by its name."""
    for kind, name in (("status_after", "lost-one"), ("reset_after", "lost-two")):
        await system.fail("POST", "*/access_keys", kind)
        link = link_of(await system.send(f"key create {name} --env staging"))
        assert (await open_link(system, link))["name"] == name
    assert len(await system.requests("POST")) == 2


async def test_an_outage_of_cloudinary_is_explained(system: System) -> None:
    """A 420 is retried; an outage is answered with an id that is in the log."""
    await system.fail("GET", "*/sub_accounts", "status", status=420)
    assert "20 keys" in (await system.send("key list"))["text"]

    async with system.failing_reads("*/sub_accounts", "html"):
        answer = (await system.send("key list"))["text"]
    assert "Cloudinary does not respond." in answer
    assert answer.split()[-1] in system.bot.log


async def test_the_security_channel_gets_its_notice_when_slack_is_busy(system: System) -> None:
    """The notice does not delay the disabling, and is not lost."""
    await system.act(
        "faults", method="chat.postMessage", kind="ratelimited", retry_after=1, count=2
    )

    assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]

    async def noticed() -> bool:
        seen = await system.messages("U0ADA0001", SECURITY)
        return any("ci-bot" in m["text"] for m in seen)

    assert await until(noticed)


async def test_cards_keep_slacks_schemas_and_limits(system: System) -> None:
    """The simulated Slack reports no violation for the cards of these commands."""
    for text in (
        "",
        "help",
        "key list",
        "env list",
        "env show production",
        "key show ci-bot",
        "explain key create x",
        "key show nothing",
        "key disable",
        "claim",
        "whoami",
    ):
        await system.act("command", user=TOM, channel=PLATFORM, text=text)
    answers = 10

    async def sent() -> bool:
        return len(await system.messages()) >= answers

    await until(sent)
    assert (await system.look("violations"))["violations"] == []


async def test_separate_web_and_worker_do_the_same_as_one_process(tmp_path: Path) -> None:
    """The web process stores jobs, the worker runs them, and the audit log stays one chain."""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, arguments=("web",), REDIS_URL=url) as system,
    ):
        worker = Bot(
            system.bot.environment | {"PORT": "0", "ADMIN_PORT": "0"}, tmp_path, ("worker",)
        )
        await worker.begin()
        link = link_of(await system.send("key create deploy --env staging"))
        assert (await open_link(system, link))["name"] == "deploy"
        assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]
        await worker.stop()
        assert "intact" in await system.command_line("audit", "verify")


async def test_check_finds_no_fault_in_a_working_setup(system: System) -> None:
    """`check` reports on each service and on the rules."""
    report = await system.command_line("check")
    assert "FAULT" not in report
    assert "4 product environments" in report
    assert "ok     rules: " in report


async def test_an_export_verifies_and_a_forged_one_does_not(system: System) -> None:
    """The file alone is enough, and one changed letter is found."""
    await system.send("key list")
    file = system.directory / "audit.jsonl"
    await system.command_line("audit", "export", "--file", str(file))
    assert "intact" in await system.command_line("audit", "verify", "--file", str(file))

    file.write_text(file.read_text().replace("T0LUMEN01:U0TOM0001", "T0LUMEN01:U0MIA0001", 1))
    with pytest.raises(AssertionError, match="does NOT hold at entry"):
        await system.command_line("audit", "verify", "--file", str(file))


@pytest.mark.parametrize(
    ("what", "item"),
    [
        ("A notice", xadd(NOTICES, {"text": "evil text", "by": TOM})),
        ("A message", queued(to_person("c1r", Topic.QUESTION, TOM, text="evil text"))),
        ("A message", queued(to_security("c1r", Topic.QUESTION, text="evil text"))),
    ],
    ids=["notice", "notification", "notification of security"],
)
async def test_what_ended_five_processes_is_left_out(
    system: System, what: str, item: Write
) -> None:
    """Security is told of it, and its text is posted nowhere"""
    _, stream, *fields = item
    item_id = await system.redis("EVAL", WORN_OUT, "1", stream, *fields)
    assert isinstance(item_id, bytes)

    async def told() -> bool:
        seen = await system.messages(ADA, SECURITY)
        return any(f"{what} ended the processes" in each["text"] for each in seen)

    await until(told)
    await drained(system)
    everything = [*await system.messages(ADA, SECURITY), *await system.messages(TOM)]
    assert "evil" not in str(everything)
