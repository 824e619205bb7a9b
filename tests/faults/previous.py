"""The previous release, from the history of a repository."""

import subprocess
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final, NoReturn

import pytest

TAG: Final = "v0.1.0"
COMMIT: Final = "ba984c3"
"""What the tag names: a clone may lack tags."""


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def unpack(repository: Path, directory: Path) -> bool:
    """Unpack the previous release; False where the history is not there."""
    for name in (TAG, COMMIT):
        found = _git(repository, "archive", name)
        if found.returncode == 0:
            with tarfile.open(fileobj=BytesIO(found.stdout)) as archive:
                archive.extractall(directory, filter="data")
            return True
    return False


def shallow(repository: Path) -> bool:
    """Whether it is a clone without its history, as a workflow's checkout is by default."""
    return _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def absent(repository: Path, environment: Mapping[str, str]) -> NoReturn:
    """Skip a test that needs the release; fail where CI could have fetched it."""
    if environment.get("CI") and shallow(repository):
        pytest.fail("a shallow clone has no previous release: fetch the whole history and its tags")
    pytest.skip("the history of the repository is not here: a shallow clone or an archive")
