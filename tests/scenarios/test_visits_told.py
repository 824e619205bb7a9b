"""A worker tells the security channel of many visits to links that opened nothing."""

from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.cli.serve import Part, serving
from bot.domain.link_visits import FEW, Visit, window_of
from bot.settings import Settings, read_settings
from sandbox.running import Ports, running
from sandbox.variables import bot_keys
from sandbox.variables import variables as of_the_sandbox
from tests.scenarios.system import ADA, SECURITY, until
from tests.scenarios.test_token_revoked import OFTEN
from tests.variables import variables


async def test_a_worker_tells_security_of_visits_that_any_process_counted(tmp_path: Path) -> None:
    """Once, within a minute, which is shorter here; with figures and what to do"""
    async with running(Ports()) as twins, aiohttp.ClientSession() as session:
        screen = f"{twins.at.slack}/sandbox/screen?user={ADA}&channel={SECURITY}"

        async def told() -> list[str]:
            async with session.get(screen) as answer:
                texts = [each["text"] for each in (await answer.json())["messages"]]
            return [text for text in texts if "opened nothing" in text]

        with variables() as found, chdir(tmp_path):
            found.update(of_the_sandbox(twins.at, twins.slack, bot_keys(tmp_path)))
            async with serving(read_settings(Settings), Part.WORKER, asked=OFTEN) as keysmith:
                now = window_of(datetime.now(UTC))
                await keysmith.visit_watch.tally.add(now, *[Visit.WRONG_PROOF] * FEW)
                assert await until(told)
                (message,) = await told()
    assert f"without their key: {FEW}" in message
    assert "/cld claim" in message
