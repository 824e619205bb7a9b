"""The same stories in Socket Mode, on an account with the Permissions API, and with faults."""

from pathlib import Path

import pytest

from bot.adapters.redis_embedded import embedded_redis
from tests.scenarios.house import MIA, NIA, PLATFORM, TOM, Bot, House, house, link_of, until
from tests.scenarios.opening import open_link


async def test_socket_mode_tells_the_same_stories(tmp_path: Path) -> None:
    """No public address for Slack, the same listeners."""
    async with house(tmp_path, socket_mode=True) as home:
        assert "is now disabled" in (await home.say("key disable ci-bot"))["text"]
        assert "You may not use" in (await home.say("key disable ci-bot", MIA))["text"]
        link = link_of(await home.say("key create deploy --env staging"))
        assert (await open_link(home, link))["name"] == "deploy"
        async with home.session.post(f"{home.twins.at.bot}/slack/events") as answer:
            assert answer.status in {404, 405}


async def test_cloudinarys_own_policies_take_the_place_of_the_role(tmp_path: Path) -> None:
    """Where the account has the Permissions API, it says who manages keys, and where."""
    async with house(tmp_path, permissions=True) as home:
        assert "let you manage its keys" in (await home.say("whoami"))["text"]
        assert "is now disabled" in (await home.say("key disable ci-bot"))["text"]
        refused = (await home.say("key disable e2e-tests --env staging", MIA))["text"]
        assert "You may not use" in refused
        assert "No key is called ci-bot" in (await home.say("key disable ci-bot", NIA))["text"]


async def test_slow_slack_and_cloudinary_do_not_hold_the_ack(home: House) -> None:
    """The ack leaves at once; the answer follows."""
    await home.fail("GET", "*/sub_accounts", "latency", seconds=4)

    sent = await home.act("command", user=TOM, channel=PLATFORM, text="key list")

    assert sent["delivered"] == "ok"
    assert sent["elapsed_ms"] < 1000

    async def answered() -> bool:
        return any("20 keys" in m["text"] for m in await home.messages())

    assert await until(answered)


async def test_a_lost_answer_of_cloudinarys_makes_no_second_key(home: House) -> None:
    """500 after the work, and a cut connection after it: found by its name, never repeated."""
    for kind, name in (("status_after", "lost-one"), ("reset_after", "lost-two")):
        await home.fail("POST", "*/access_keys", kind)
        link = link_of(await home.say(f"key create {name} --env staging"))
        assert (await open_link(home, link))["name"] == name
    assert len(await home.requests("POST")) == 2


async def test_busy_and_broken_cloudinary_are_said_in_words(home: House) -> None:
    """420 is tried again; a longer outage is told with an id that the log has too."""
    await home.fail("GET", "*/sub_accounts", "status", status=420)
    assert "20 keys" in (await home.say("key list"))["text"]

    await home.fail("GET", "*/sub_accounts", "html", count=99)
    told = (await home.say("key list"))["text"]
    await home.cloudinary("faults", "DELETE")
    assert "Cloudinary does not answer." in told
    assert told.split()[-1] in home.bot.log


async def test_the_security_channel_is_told_even_when_slack_is_busy(home: House) -> None:
    """A disable is never held up by its notice, and the notice is not lost."""
    await home.act("faults", method="chat.postMessage", kind="ratelimited", retry_after=1, count=2)

    assert "is now disabled" in (await home.say("key disable ci-bot"))["text"]

    async def noticed() -> bool:
        seen = await home.messages("U0ADA0001", "C0SECURTY")
        return any("ci-bot" in m["text"] for m in seen)

    assert await until(noticed)


async def test_nothing_that_was_sent_offends_slack(home: House) -> None:
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
        await home.act("command", user=TOM, channel=PLATFORM, text=text)
    answers = 10

    async def sent() -> bool:
        return len(await home.messages()) >= answers

    await until(sent)
    assert (await home.look("violations"))["violations"] == []


async def test_web_and_worker_apart_do_what_one_process_does(tmp_path: Path) -> None:
    """Two processes, one Redis: one keeps, the other carries out; the record is one chain."""
    async with (
        embedded_redis(tmp_path / "redis") as url,
        house(tmp_path, arguments=("web",), REDIS_URL=url) as home,
    ):
        worker = Bot(home.bot.environment | {"PORT": "0"}, tmp_path, ("worker",))
        await worker.begin()
        link = link_of(await home.say("key create deploy --env staging"))
        assert (await open_link(home, link))["name"] == "deploy"
        assert "is now disabled" in (await home.say("key disable ci-bot"))["text"]
        await worker.stop()
        assert "intact" in await home.command_line("audit", "verify")


async def test_check_says_what_is_right_and_what_is_wrong(home: House) -> None:
    """Everything that the bot leans on, and what to do about a fault."""
    told = await home.command_line("check")
    assert "FAULT" not in told
    assert "4 product environments" in told
    assert "ok     rules: " in told


async def test_an_export_proves_itself_and_a_forged_one_does_not(home: House) -> None:
    """From the file alone; one altered letter shows."""
    await home.say("key list")
    file = home.directory / "audit.jsonl"
    await home.command_line("audit", "export", "--file", str(file))
    assert "intact" in await home.command_line("audit", "verify", "--file", str(file))

    file.write_text(file.read_text().replace("T0LUMEN01:U0TOM0001", "T0LUMEN01:U0MIA0001", 1))
    with pytest.raises(AssertionError, match="does NOT hold at entry"):
        await home.command_line("audit", "verify", "--file", str(file))
