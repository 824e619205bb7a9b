"""Slack does not say who anybody is: an operator decides on the server, and it is done later."""

import asyncio
import os
import pwd
import sys
from collections.abc import AsyncIterator

import pytest

from tests.scenarios.presses import WISH, ask, card, drained
from tests.scenarios.system import ADA, MIA, TOM, System, until

LOGIN = pwd.getpwuid(os.getuid()).pw_name
ADA_HERE = f"{LOGIN}={ADA}:ada@lumen-goods.example"
MIA_HERE = f"{LOGIN}={MIA}:mia@lumen-goods.example"


@pytest.fixture
async def calm(system: System) -> AsyncIterator[System]:
    """The system; at the end Slack answers again, and the bot has said what it had to."""
    yield system
    await back(system)
    await drained(system)


async def gone(system: System) -> None:
    """Let Slack say nothing about people, for as long as it takes."""
    for method in ("users.info", "auth.test"):
        await system.act("faults", method=method, kind="status", status=503, count=10_000)


async def back(system: System) -> None:
    """Let Slack answer again."""
    await system._json("DELETE", f"{system.twins.at.slack}/sandbox/faults", None)


async def shell(
    system: System, *arguments: str, operators: str = ADA_HERE
) -> tuple[int | None, str]:
    """Type `python -m bot requests …` on the server; gives the exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "requests",
        *arguments,
        cwd=system.directory,
        env=system.bot.environment | {"OPERATORS": operators},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    return process.returncode, (out or error).decode()


async def by_the_shell(system: System, request_id: str) -> list[tuple[str, str]]:
    """The record's entries about a request that came from the shell: who, and the event."""
    entries = [each for each in await system.audit() if "by the shell" in each["detail"]]
    about = [each for each in entries if each["target"].get("request") == request_id]
    return [(each["actor"], each["deed"]) for each in about]


async def test_an_operator_approves_while_slack_is_away_and_it_is_done_when_it_is_back(
    calm: System,
) -> None:
    """Nothing is done, and nothing fails, as long as Slack cannot say who they are"""
    wish = await ask(calm, WISH.format(name="mia-shell"))
    await gone(calm)

    code, listed = await shell(calm, "list")
    assert code == 0
    for words in (wish, "Mia Lindqvist", "Where: Staging", "builds of the shop", "Fingerprint: "):
        assert words in listed
    code, told = await shell(calm, "approve", wish)
    assert (0, True) == (code, told.startswith("Approved.")), told
    assert [(f"-:T0LUMEN01:{ADA}", "decided")] == await by_the_shell(calm, wish)

    async def set_aside() -> object:
        return await calm.redis("ZSCORE", "{keysmith}:errands-aside", wish)

    await until(set_aside)
    assert await calm.find_key("mia-shell", "Staging") is None
    _, shown = await shell(calm, "show", wish)
    assert "Approved, about to be carried out." in shown

    await back(calm)
    await calm.redis("ZADD", "{keysmith}:errands-aside", "XX", "0", wish)
    assert "agreed" in (await card(calm, "mia-shell", "the credentials wait"))["text"]
    assert (await calm.key("mia-shell", "Staging"))["enabled"] is False


async def test_with_slack_up_an_operator_is_whom_both_say(calm: System) -> None:
    """A word that Slack and Cloudinary stand behind; a denial has its reason"""
    wish = await ask(calm, WISH.format(name="mia-both"))
    other = f"{LOGIN}={ADA}:tom@lumen-goods.example"
    code, told = await shell(calm, "approve", wish, operators=other)
    assert (1, True) == (code, "another e-mail address" in told), told

    code, told = await shell(calm, "deny", wish, "--reason", "not this week")
    assert (0, "Denied. Nothing was done.") == (code, told.splitlines()[0])
    assert "not this week" in (await card(calm, "mia-both", "Denied."))["text"]


async def test_the_shell_opens_nothing_that_the_policy_keeps_shut(calm: System) -> None:
    """Neither for whoever is no operator, nor for one who asked"""
    wish = await ask(calm, WISH.format(name="mia-shut"))
    await gone(calm)
    for operators in ("", f"somebody-else={TOM}:tom@lumen-goods.example"):
        code, told = await shell(calm, "approve", wish, operators=operators)
        assert (1, f"OPERATORS does not name the login {LOGIN}. Nothing was done.\n") == (
            code,
            told,
        )
    code, told = await shell(calm, "approve", wish, operators=MIA_HERE)
    assert (1, True) == (code, told.startswith("Not counted.")), told
    assert (1, True) == (code, "Waiting for approval" in (await shell(calm, "show", wish))[1])
    assert [(f"-:T0LUMEN01:{MIA}", "refused")] == await by_the_shell(calm, wish)
