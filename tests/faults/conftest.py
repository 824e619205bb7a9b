"""The previous release, for tests of faults; helper modules show the values that they compare."""

import os
from pathlib import Path

import pytest

from tests.faults.previous import absent, unpack
from tests.scenarios.processes import ROOT

pytest.register_assert_rewrite(
    *(f"tests.faults.{name}" for name in ("final_state", "rollover_load", "story")),
    *(f"tests.faults.{name}" for name in ("rotation_story", "leak_story", "review_story", "moves")),
)


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """Unpack the previous release."""
    directory = tmp_path / "previous"
    if not unpack(ROOT, directory):
        absent(ROOT, os.environ)
    return directory
