"""While Slack cannot identify people, an operator votes on the server."""

import os
import pwd
from collections.abc import AsyncIterator

import pytest

from tests.scenarios.presses import REQUEST, ask, card, drained
from tests.scenarios.processes import run
from tests.scenarios.system import ADA, MIA, TOM, System, until

LOGIN = pwd.getpwuid(os.getuid()).pw_name
ADA_HERE = f"{LOGIN}={ADA}:ada@lumen-goods.example"
MIA_HERE = f"{LOGIN}={MIA}:mia@lumen-goods.example"


@pytest.fixture
async def calm(system: System) -> AsyncIterator[System]:
    """The system; afterwards Slack answers again and the bot's queues are empty."""
    yield system
    await restore_slack(system)
    await drained(system)


async def fail_slack(system: System) -> None:
    """Let Slack's methods about people fail until `restore_slack`."""
    for method in ("users.info", "auth.test"):
        await system.act("faults", method=method, kind="status", status=503, count=10_000)


async def restore_slack(system: System) -> None:
    """Let Slack answer again."""
    await system._json("DELETE", f"{system.twins.at.slack}/sandbox/faults", None)


async def shell(system: System, *arguments: str, operators: str = ADA_HERE) -> tuple[int, str]:
    """Run `python -m bot requests …` on the server; gives the exit code and the output."""
    environment = system.bot.environment | {"OPERATORS": operators}
    done = await run(system.directory, environment, "requests", *arguments)
    return done.code, done.out or done.error


async def by_the_shell(system: System, request_id: str) -> list[tuple[str, str]]:
    """List the audit entries about a request that came from the shell: actor and event."""
    entries = [each for each in await system.audit() if "by the shell" in each["detail"]]
    about = [each for each in entries if each["target"].get("request") == request_id]
    return [(each["actor"], each["deed"]) for each in about]


async def test_an_operators_approval_without_slack_is_executed_when_slack_is_back(
    calm: System,
) -> None:
    """The approved job is set aside until Slack can identify the people."""
    request = await ask(calm, REQUEST.format(name="mia-shell"))
    await fail_slack(calm)

    code, listed = await shell(calm, "list")
    assert code == 0
    for words in (
        request[:6],
        "Mia Lindqvist",
        "Where: Staging",
        "builds of the shop",
        "Fingerprint: ",
    ):
        assert words in listed
    code, answer = await shell(calm, "approve", request)
    assert (0, True) == (code, answer.startswith("Approved.")), answer
    assert [(f"-:T0LUMEN01:{ADA}", "decided")] == await by_the_shell(calm, request)

    async def set_aside() -> object:
        return await calm.redis("ZSCORE", "{keysmith}:errands-aside", request)

    await until(set_aside)
    assert await calm.find_key("mia-shell", "Staging") is None
    _, shown = await shell(calm, "show", request)
    assert "Starts in a moment." in shown

    await restore_slack(calm)
    await calm.redis("ZADD", "{keysmith}:errands-aside", "XX", "0", request)
    assert "Approved by" in (await card(calm, "mia-shell", "Ready to collect"))["text"]
    assert (await calm.key("mia-shell", "Staging"))["enabled"] is False


async def test_with_slack_an_operators_address_must_be_the_one_at_slack(calm: System) -> None:
    """Another address is refused; with the right one a denial counts and shows its reason."""
    request = await ask(calm, REQUEST.format(name="mia-both"))
    other = f"{LOGIN}={ADA}:tom@lumen-goods.example"
    code, answer = await shell(calm, "approve", request, operators=other)
    assert (1, True) == (code, "another email address" in answer), answer

    code, answer = await shell(calm, "deny", request, "--reason", "not this week")
    assert (0, "Denied. Nothing changed.") == (code, answer.splitlines()[0])
    assert "not this week" in (await card(calm, "mia-both", "Denied by"))["text"]


async def test_the_shell_keeps_to_the_policy(calm: System) -> None:
    """A login that is no operator is refused, and a requester's own vote does not count."""
    request = await ask(calm, REQUEST.format(name="mia-shut"))
    await fail_slack(calm)
    for operators in ("", f"another-login={TOM}:tom@lumen-goods.example"):
        code, answer = await shell(calm, "approve", request, operators=operators)
        assert (code, f"{LOGIN}, is not one. Nothing changed." in answer) == (1, True), answer
        assert f"add {LOGIN}=SLACK_USER_ID:EMAIL to the variable OPERATORS" in answer
    code, answer = await shell(calm, "approve", request, operators=MIA_HERE)
    assert (1, True) == (code, answer.startswith("Your response wasn't counted.")), answer
    assert "Waiting for approval" in (await shell(calm, "show", request))[1]
    assert [(f"-:T0LUMEN01:{MIA}", "refused")] == await by_the_shell(calm, request)
