"""Slack takes the bot's token no more: `/readyz` says so, and what is to be posted waits."""

from contextlib import chdir
from pathlib import Path
from typing import Final

import aiohttp
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.adapters.redis.names import NOTICES
from bot.cli.serve import Part, serving
from bot.domain.checks.slack_rules import Slack
from bot.settings import Settings, read_settings
from sandbox.running import Ports, running
from sandbox.variables import bot_keys
from sandbox.variables import variables as of_the_sandbox
from tests.scenarios.presses import from_bot
from tests.scenarios.system import ADA, SECURITY, System, until
from tests.variables import variables

REFUSED: Final = f"Slack: refuses SLACK_BOT_TOKEN (token_revoked). {Slack.TOKEN_REFUSED.remedy}"
POSTING: Final = ("auth.test", "chat.postMessage", "conversations.history", "conversations.open")
"""What sends a notice; Slack takes a person's answer by a URL, without a token."""
OFTEN: Final = 0.05
"""Seconds between two looks at the token, which are a minute otherwise."""


async def ready(system: System) -> tuple[int, str]:
    """What `/readyz` says."""
    async with system.session.get(f"{system.twins.at.admin}/readyz") as answer:
        return answer.status, await answer.text()


async def test_with_a_revoked_token_a_notice_waits_and_is_posted_once(calm: System) -> None:
    """And the process is not ready meanwhile, with the token's variable and what to do"""
    tries = calm.bot.log.count('"notice_not_taken"')
    for method in POSTING:
        await calm.act("faults", method=method, kind="refused", error="token_revoked", count=999)
    await calm.send("key disable ci-bot")

    async def refused_again() -> bool:
        return calm.bot.log.count('"notice_not_taken"') >= tries + 2

    await until(refused_again)
    status, text = await ready(calm)
    assert (status, REFUSED in text) == (503, True), text
    assert await calm.redis("XLEN", NOTICES) == 1
    assert await from_bot(calm, ADA, SECURITY) == []

    await calm.session.delete(f"{calm.twins.at.slack}/sandbox/faults")

    async def over() -> bool:
        return await calm.redis("XLEN", NOTICES) == 0 and (await ready(calm))[0] == 200

    await until(over)
    (notice,) = await from_bot(calm, ADA, SECURITY)
    assert "ci-bot" in notice["text"]


async def test_a_process_without_work_looks_at_its_token_again_and_again(tmp_path: Path) -> None:
    """Its log says once that Slack refuses the token, with what to do, and once that it is over"""
    async with running(Ports()) as twins, aiohttp.ClientSession() as session:
        with variables() as found, chdir(tmp_path):
            found.update(of_the_sandbox(twins.at, twins.slack, bot_keys(tmp_path)))
            faults = f"{twins.at.slack}/sandbox/faults"
            refused = {"method": "auth.test", "kind": "refused", "error": "token_revoked"}
            async with serving(read_settings(Settings), Part.WORKER, asked=OFTEN) as keysmith:
                with capture_logs() as lines:

                    async def not_ready() -> bool:
                        return bool(logged(lines, "not_ready"))

                    async def well() -> bool:
                        return bool(logged(lines, "not_ready_over"))

                    await session.post(faults, json=refused | {"count": 999})
                    await until(not_ready)
                    await session.delete(faults)
                    await until(well)
                assert await keysmith.readiness.reasons() == ()
    (begun,), (over,) = logged(lines, "not_ready"), logged(lines, "not_ready_over")
    assert ("error", REFUSED in f"{begun['probe']}: {begun['reason']}") == (
        begun["log_level"],
        True,
    )
    assert ("info", "Slack") == (over["log_level"], over["probe"])


def logged(lines: list[EventDict], event: str) -> list[EventDict]:
    """The lines of this event."""
    return [each for each in lines if each["event"] == event]


async def test_a_person_reads_that_the_token_is_refused_and_the_log_says_it_once(
    calm: System,
) -> None:
    """By the response URL, which takes no token; the key is as it was"""

    async def over() -> bool:
        counts = {calm.bot.log.count(f'"{each}"') for each in ("not_ready", "not_ready_over")}
        return (await ready(calm))[0] == 200 and len(counts) == 1

    await until(over)  # what the test before this one caused
    begun = calm.bot.log.count('"not_ready"')
    for method in ("users.info", *POSTING):
        await calm.act("faults", method=method, kind="refused", error="token_revoked", count=999)
    answers = [await calm.send("key disable ci-bot") for _ in range(3)]
    assert all("refuses Keysmith's token. Nothing changed" in each["text"] for each in answers)
    assert (await calm.key("ci-bot"))["enabled"]

    async def refused() -> bool:
        return (await ready(calm))[0] == 503

    await until(refused)  # an answer holds for a second
    await calm.session.delete(f"{calm.twins.at.slack}/sandbox/faults")

    await calm.send("key disable ci-bot")  # Slack's next answer ends it
    await until(over)
    assert calm.bot.log.count('"not_ready"') == begun + 1
