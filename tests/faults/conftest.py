"""The previous release, for tests of faults; helper modules show the values that they compare."""

import os
from pathlib import Path

import pytest

from tests.faults.previous import absent, unpack
from tests.scenarios.processes import ROOT

pytest.register_assert_rewrite(
    "tests.faults.final_state", "tests.faults.rollover_load", "tests.faults.story"
)


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """Unpack the previous release."""
    directory = tmp_path / "previous"
    if not unpack(ROOT, directory):
        absent(ROOT, os.environ)
    return directory
