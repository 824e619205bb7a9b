"""A file that is no export at all is told apart from one that was altered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.archives import read_file
from bot.domain.verification import Broken
from bot.errors import ConfigurationError

NOT_READ: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (lambda _: None, "can't be read: No such file or directory."),
    "a directory": (Path.mkdir, "can't be read: Is a directory."),
    "not text": (lambda path: path.write_bytes(b"\xff\xfe"), "can't be read: it is not text."),
    "empty": (Path.touch, "is empty: an export did not finish."),
}


@pytest.mark.parametrize("kind", NOT_READ)
def test_a_file_that_holds_no_export_is_named_once_with_what_to_do(
    kind: str, tmp_path: Path
) -> None:
    """An on-call person must not take an empty file for a damaged log"""
    put, reason = NOT_READ[kind]
    path = tmp_path / "audit.jsonl"
    put(path)
    with pytest.raises(ConfigurationError) as found:
        read_file(path)
    assert str(found.value).startswith(f"{path} {reason} Nothing was read: ")
    assert str(found.value).count(path.name) == 1


def test_an_export_that_lost_its_end_is_broken(tmp_path: Path) -> None:
    """It has lines, so something was lost or altered"""
    path = tmp_path / "audit.jsonl"
    path.write_text("\n")
    assert isinstance(read_file(path), Broken)
