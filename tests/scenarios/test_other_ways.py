"""The same stories in Socket Mode, on an account with the Permissions API, and with faults."""

from pathlib import Path

import pytest

from bot.adapters.redis.embedded import embedded_redis
from tests.scenarios.opening import open_link
from tests.scenarios.system import (
    MIA,
    NIA,
    PLATFORM,
    TOM,
    Bot,
    System,
    link_of,
    running_system,
    until,
)


async def test_socket_mode_tells_the_same_stories(tmp_path: Path) -> None:
    """No public address for Slack, the same listeners."""
    async with running_system(tmp_path, socket_mode=True) as system:
        assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]
        assert "You may not use" in (await system.send("key disable ci-bot", MIA))["text"]
        link = link_of(await system.send("key create deploy --env staging"))
        assert (await open_link(system, link))["name"] == "deploy"
        async with system.session.post(f"{system.twins.at.bot}/slack/events") as answer:
            assert answer.status in {404, 405}


async def test_cloudinarys_own_policies_take_the_place_of_the_role(tmp_path: Path) -> None:
    """Where the account has the Permissions API, it says who manages keys, and where."""
    async with running_system(tmp_path, permissions=True) as system:
        assert "let you manage its keys" in (await system.send("whoami"))["text"]
        assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]
        refused = (await system.send("key disable e2e-tests --env staging", MIA))["text"]
        assert "You may not use" in refused
        assert "No key is called ci-bot" in (await system.send("key disable ci-bot", NIA))["text"]


async def test_slow_slack_and_cloudinary_do_not_hold_the_ack(system: System) -> None:
    """The ack leaves at once; the answer follows."""
    await system.fail("GET", "*/sub_accounts", "latency", seconds=4)

    sent = await system.act("command", user=TOM, channel=PLATFORM, text="key list")

    assert sent["delivered"] == "ok"
    assert sent["elapsed_ms"] < 1000

    async def answered() -> bool:
        return any("20 keys" in m["text"] for m in await system.messages())

    assert await until(answered)


async def test_a_lost_answer_of_cloudinarys_makes_no_second_key(system: System) -> None:
    """500 after the work, and a cut connection after it: found by its name, never repeated."""
    for kind, name in (("status_after", "lost-one"), ("reset_after", "lost-two")):
        await system.fail("POST", "*/access_keys", kind)
        link = link_of(await system.send(f"key create {name} --env staging"))
        assert (await open_link(system, link))["name"] == name
    assert len(await system.requests("POST")) == 2


async def test_busy_and_broken_cloudinary_are_said_in_words(system: System) -> None:
    """420 is tried again; a longer outage is told with an id that the log has too."""
    await system.fail("GET", "*/sub_accounts", "status", status=420)
    assert "20 keys" in (await system.send("key list"))["text"]

    await system.fail("GET", "*/sub_accounts", "html", count=99)
    told = (await system.send("key list"))["text"]
    await system.cloudinary("faults", "DELETE")
    assert "Cloudinary does not answer." in told
    assert told.split()[-1] in system.bot.log


async def test_the_security_channel_is_told_even_when_slack_is_busy(system: System) -> None:
    """A disable is never held up by its notice, and the notice is not lost."""
    await system.act(
        "faults", method="chat.postMessage", kind="ratelimited", retry_after=1, count=2
    )

    assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]

    async def noticed() -> bool:
        seen = await system.messages("U0ADA0001", "C0SECURTY")
        return any("ci-bot" in m["text"] for m in seen)

    assert await until(noticed)


async def test_nothing_that_was_sent_offends_slack(system: System) -> None:
    """Every kind of card passes Slack's schemas and limits."""
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


async def test_web_and_worker_apart_do_what_one_process_does(tmp_path: Path) -> None:
    """Two processes, one Redis: one keeps, the other carries out; the record is one chain."""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        running_system(tmp_path, arguments=("web",), REDIS_URL=url) as system,
    ):
        worker = Bot(system.bot.environment | {"PORT": "0"}, tmp_path, ("worker",))
        await worker.begin()
        link = link_of(await system.send("key create deploy --env staging"))
        assert (await open_link(system, link))["name"] == "deploy"
        assert "is now disabled" in (await system.send("key disable ci-bot"))["text"]
        await worker.stop()
        assert "intact" in await system.command_line("audit", "verify")


async def test_check_says_what_is_right_and_what_is_wrong(system: System) -> None:
    """Everything that the bot leans on, and what to do about a fault."""
    told = await system.command_line("check")
    assert "FAULT" not in told
    assert "4 product environments" in told
    assert "ok     rules: " in told


async def test_an_export_proves_itself_and_a_forged_one_does_not(system: System) -> None:
    """From the file alone; one altered letter shows."""
    await system.send("key list")
    file = system.directory / "audit.jsonl"
    await system.command_line("audit", "export", "--file", str(file))
    assert "intact" in await system.command_line("audit", "verify", "--file", str(file))

    file.write_text(file.read_text().replace("T0LUMEN01:U0TOM0001", "T0LUMEN01:U0MIA0001", 1))
    with pytest.raises(AssertionError, match="does NOT hold at entry"):
        await system.command_line("audit", "verify", "--file", str(file))
