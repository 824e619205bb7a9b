"""The previous release beside this version over one Redis, in a rolling deploy under load."""

import asyncio
import os
import random
from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.processes import ROOT
from tests.scenarios.system import until
from tests.soak.__main__ import SETTLE, entries, settled, verified
from tests.soak.farm import PARTS, farm
from tests.soak.load import Load
from tests.soak.stories import mixed
from tests.soak.tally import failed, unclosed

RATE: Final = 20.0 if os.environ.get("CRASH_POINTS") == "all" else 5.0
"""Commands per second."""
PEOPLE: Final = int(RATE * 1.5)
BETWEEN: Final = 3.0
"""Seconds under load in each state of the deploy."""


@pytest.mark.timeout(300)
async def test_a_rolling_deploy_under_load_loses_nothing(tmp_path: Path, previous: Path) -> None:
    """Each process is replaced in turn; every acknowledged command has one effect and an answer."""
    async with farm(tmp_path / "farm", people=PEOPLE, roots=[previous] * len(PARTS)) as running:
        load = Load(running, RATE, random.Random(1), mixed)  # noqa: S311  # a load, not a secret
        await until(lambda: running.command(running.people[0].id, "whoami"), 60)
        loading = asyncio.create_task(load.run(BETWEEN * (len(PARTS) + 1)))
        for name in running.bots:
            await asyncio.sleep(BETWEEN)
            await running.deploy(name, ROOT)
        await loading
        await until(lambda: settled(running), SETTLE)
        await load.count_keys(forget=False)

        tally = running.tally
        assert ({}, {}, {}, set(), set()) == (
            tally.unanswered(),
            tally.stuck,
            tally.wrong,
            tally.doubled(),
            tally.without_effect(),
        )
        log = await entries(running)
        assert (set(), set()) == (unclosed(log), failed(log))
        assert "intact" in await verified(running)
        assert len(tally.acked) > RATE * BETWEEN
