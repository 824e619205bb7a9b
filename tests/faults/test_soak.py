"""A short soak: mixed acts while web, worker and Redis are killed."""

from pathlib import Path

import pytest

from tests.soak.__main__ import soak
from tests.soak.report import Plan
from tests.soak.tally import KINDS


@pytest.mark.timeout(300)
async def test_kills_under_load_lose_double_and_silence_nothing(tmp_path: Path) -> None:
    """`make soak` is the long form, which also looks at memory."""
    report = await soak(tmp_path, Plan(seconds=15, rate=6, every=3, seed=1))

    assert report.passed, report.lines()
    done = {kind for kind in KINDS.values() if report.acked[kind]}
    assert done == {*KINDS.values()}, report.lines()
