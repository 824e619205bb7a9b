"""A file that is no export at all is told apart from one that was altered."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bot.adapters.archives import read_named
from bot.domain.verification import Broken
from bot.errors import ConfigurationError
from tests.unit.test_export import ENTRY, exported

OTHER: Final = "is not an export: `audit export` writes one."
NOT_READ: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (lambda _: None, "can't be read: No such file or directory."),
    "a directory": (Path.mkdir, "can't be read: Is a directory."),
    "not text": (lambda path: path.write_bytes(b"\xff\xfe"), "can't be read: it is not text."),
    "empty": (Path.touch, "is empty: an export did not finish."),
    "blank": (lambda path: path.write_text("\n"), OTHER),
    "prose": (lambda path: path.write_text("a diary\n"), OTHER),
    "a list": (lambda path: path.write_text("[]\n"), OTHER),
    "a head": (lambda path: path.write_text('{"seq": 1, "mac": "x"}\n'), OTHER),
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
        read_named(path)
    assert str(found.value).startswith(f"{path} {reason} Nothing was read: ")
    assert str(found.value).count(path.name) == 1


@pytest.mark.parametrize("changed", ['"seq": 9', '"seq": "1"', '"odd": 1'])
def test_an_export_that_lost_its_end_or_was_altered_is_broken(changed: str, tmp_path: Path) -> None:
    """Its first line is of an export still, so something was lost or altered"""
    path, lines = tmp_path / "audit.jsonl", exported(ENTRY, ENTRY)[0]
    path.write_text("\n".join(lines[:-1]))
    assert isinstance(read_named(path), Broken)
    path.write_text("\n".join((lines[0].replace('"seq": 1', changed), *lines[1:-1])))
    assert isinstance(read_named(path), Broken)
