"""The previous release, for tests of faults; helper modules show the values that they compare."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.processes import ROOT

pytest.register_assert_rewrite("tests.faults.final_state", "tests.faults.story")

PREVIOUS: Final = "v0.1.0"
COMMIT: Final = "ba984c3"
"""What the tag names: a clone may lack tags."""


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
