"""The previous release beside this version over one Redis, in a rolling deploy under load."""

import asyncio
import random
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.processes import ROOT
from tests.scenarios.system import until
from tests.soak.__main__ import SETTLE, settled, verified
from tests.soak.farm import PARTS, farm
from tests.soak.load import Load

PREVIOUS: Final = "v0.1.0"
COMMIT: Final = "ba984c3"
"""What the tag names: a clone may lack tags."""
RATE: Final = 5.0
BETWEEN: Final = 3.0
"""Seconds under load in each state of the deploy."""


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)  # noqa: S607


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """Unpack the previous release."""
    for name in (PREVIOUS, COMMIT):
        found = _git("archive", name)
        if found.returncode == 0:
            break
    else:
        pytest.skip("the history of the repository is not here: a shallow clone or an archive")
    directory = tmp_path / "previous"
    with tarfile.open(fileobj=BytesIO(found.stdout)) as archive:
        archive.extractall(directory, filter="data")
    return directory


@pytest.mark.timeout(300)
async def test_a_rolling_deploy_under_load_loses_nothing(tmp_path: Path, previous: Path) -> None:
    """Each process is replaced in turn; every acknowledged command has one effect and an answer."""
    async with farm(tmp_path / "farm", people=8, roots=[previous] * len(PARTS)) as running:
        load = Load(running, RATE, random.Random(1))  # noqa: S311  # a load, not a secret
        await until(lambda: running.command(running.people[0].id, "whoami"), 60)
        loading = asyncio.create_task(load.run(BETWEEN * (len(PARTS) + 1)))
        for name in running.bots:
            await asyncio.sleep(BETWEEN)
            await running.deploy(name, ROOT)
        await loading
        await until(lambda: settled(running), SETTLE)
        await load.count_keys(forget=False)

        tally = running.tally
        assert (set(), set(), set()) == (
            tally.unanswered(),
            tally.doubled(),
            tally.without_effect(),
        )
        assert "intact" in await verified(running)
        assert len(tally.acked) > RATE * BETWEEN
