"""A short soak: mixed commands while web, worker and Redis are killed."""

from pathlib import Path

import pytest

from tests.soak.__main__ import Plan, soak


@pytest.mark.timeout(300)
async def test_kills_under_load_lose_double_and_silence_nothing(tmp_path: Path) -> None:
    """`make soak` is the long form, which also looks at memory."""
    report = await soak(tmp_path, Plan(seconds=15, rate=6, every=3, seed=1))

    assert (0, 0, 0) == (report.lost, report.doubled, report.unanswered), report.lines()
    assert "intact" in report.verify
    assert report.acked
    assert report.killed
