"""The tests that need the previous release skip where it can't be there, and fail where it must."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.previous import absent, unpack


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A shallow clone: of two commits it has one."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.com")
    for arguments in (
        ("init", "--quiet", str(origin)),
        *(("-C", str(origin), "commit", "--quiet", "--allow-empty", "--message", n) for n in "12"),
        ("clone", "--quiet", "--depth=1", origin.as_uri(), str(clone)),
    ):
        subprocess.run([*git, *arguments], check=True)
    return clone


def outcome(repository: Path, environment: Mapping[str, str]) -> str:
    """Name what becomes of a test; a skip that is not caught here would skip this one."""
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception)) as ended:
        absent(repository, environment)
    return ended.type.__name__


def test_a_shallow_clone_fails_in_ci_and_skips_elsewhere(clone: Path, tmp_path: Path) -> None:
    """A workflow that fetches no history would leave the tests out for ever."""
    assert not unpack(clone, tmp_path / "previous")
    assert ("Failed", "Skipped") == (outcome(clone, {"CI": "true"}), outcome(clone, {}))


def test_an_archive_skips_in_ci_too(tmp_path: Path) -> None:
    """It never had a history."""
    assert not unpack(tmp_path, tmp_path / "previous")
    assert outcome(tmp_path, {"CI": "true"}) == "Skipped"
