"""`audit export --file` replaces no export that the log in Redis does not continue."""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from bot.cli.export_files import refuse_to_lose, write_lines
from bot.domain.audit import Head, Record
from bot.domain.export import closing_line, record_line
from bot.domain.verification import WHOLE, Broken, Empty, Intact, Start, Verdict, digest
from bot.errors import ConfigurationError
from tests.unit.test_export import AT, ENTRY, KEY, exported
from tests.unit.test_recovery import records

LOG: Final = records(*[ENTRY] * 6)


def head_of(log: Sequence[Record]) -> Head:
    """Where a log ends."""
    return Head(log[-1].seq, log[-1].mac) if log else Head()


def lines_of(log: Sequence[Record], start: Start = WHOLE) -> str:
    """Write an export."""
    closing = closing_line(
        log, head_of(log) if log else start.head, AT.isoformat(), KEY, None, start
    )
    return "\n".join((*map(record_line, log), closing))


def kept(path: Path, log: Sequence[Record], verdict: Verdict, start: Start = WHOLE) -> str:
    """Why the file is kept; it stays as it was."""
    before = path.read_text()
    with pytest.raises(ConfigurationError) as refused:
        refuse_to_lose(path, log, head_of(log), start, verdict)
    assert path.read_text() == before
    assert "is kept, and nothing was exported" in str(refused.value)
    assert "Name another file" in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("left", [0, 1, 5])
def test_an_export_that_the_log_does_not_continue_is_kept(left: int, tmp_path: Path) -> None:
    """Of an emptied log, and of one that was set back"""
    path = tmp_path / "audit.jsonl"
    path.write_text(lines_of(LOG))
    told = kept(path, LOG[:left], Intact(head_of(LOG[:left])) if left else Empty())
    assert f"ends at entry {left}, does not continue it up to its entry 6" in told


def test_an_export_of_another_log_is_kept(tmp_path: Path) -> None:
    """It is as long, and its last record is another one; a closing line alone hides no record"""
    path = tmp_path / "audit.jsonl"
    path.write_text("\n".join(exported(*[ENTRY] * 2)[0]))
    longer = [*LOG, *records(ENTRY, after=tuple(LOG))[-1:]]
    forged = lines_of(longer).splitlines()[:-1] + lines_of(LOG[:1]).splitlines()[-1:]
    refuse_to_lose(path, LOG, head_of(LOG), WHOLE, Intact(head_of(LOG)))  # the same entries
    changed = [*LOG[:5], Record(6, LOG[5].body, LOG[5].key_id, "0" * 64)]
    for text in (lines_of(changed), "\n".join(forged)):
        path.write_text(text)
        kept(path, LOG, Intact(head_of(LOG)))


@pytest.mark.parametrize("text", ["a diary\n", '{"seq": 1}\n', lines_of(LOG)[:-9], "\udc80"])
def test_what_is_no_whole_export_is_kept(text: str, tmp_path: Path) -> None:
    """It may be anything, an export that was cut too"""
    path = tmp_path / "diary"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigurationError):
        refuse_to_lose(path, LOG, head_of(LOG), WHOLE, Intact(head_of(LOG)))


def test_an_unproven_log_replaces_no_export(tmp_path: Path) -> None:
    """What was altered may have the last record still"""
    path = tmp_path / "audit.jsonl"
    path.write_text(lines_of(LOG[:3]))
    assert "is not proven" in kept(path, LOG, Broken(2, "altered"))


def test_an_export_whose_end_was_archived_is_kept(tmp_path: Path) -> None:
    """An archive is one: the log that goes on behind it has none of its entries"""
    path = tmp_path / "audit.jsonl"
    path.write_text(lines_of(LOG[:3]))
    start = Start(head_of(LOG[:5]), digest(LOG[:5]))
    told = kept(path, LOG[5:], Intact(head_of(LOG), after=5), start)
    assert "ends at entry 3" in told
    assert "entries were archived" in told
    assert "missing" not in told


@pytest.mark.parametrize("older", [0, 1, 6])
def test_an_earlier_export_of_the_same_log_is_replaced(older: int, tmp_path: Path) -> None:
    """And a file that is empty, or not there; a link stays a link, and rights stay"""
    path, link = tmp_path / "audit.jsonl", tmp_path / "newest"
    link.symlink_to(path)
    for _ in range(2):
        refuse_to_lose(link, LOG, head_of(LOG), WHOLE, Intact(head_of(LOG)))
        write_lines(link, [lines_of(LOG[:older])])
        path.chmod(0o600)
    refuse_to_lose(link, LOG, head_of(LOG), WHOLE, Intact(head_of(LOG)))
    write_lines(link, [lines_of(LOG)])
    assert (path.read_text(), link.is_symlink()) == (lines_of(LOG), True)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("")
    refuse_to_lose(path, [], Head(), WHOLE, Empty())
    assert {path, link} == set(tmp_path.iterdir())


def test_a_file_that_can_not_be_written_whole_stays_as_it_was(tmp_path: Path) -> None:
    """The disk may be full: the only export is not cut for that, and the error names it"""
    path = tmp_path / "audit.jsonl"
    path.write_text("before")

    def full() -> Iterator[str]:
        yield "after"
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="No space left") as failed:
        write_lines(path, full())
    assert failed.value.filename == str(path)
    assert path.read_text() == "before"
    assert [path] == [*tmp_path.iterdir()]
    with pytest.raises(OSError, match="No such file") as failed:
        write_lines(tmp_path / "none/audit.jsonl", [])
    assert failed.value.filename == str(tmp_path / "none/audit.jsonl")


def test_what_is_no_file_is_written_to() -> None:
    """Such as the null device"""
    null = Path(os.devnull)
    refuse_to_lose(null, [], Head(), WHOLE, Empty())
    write_lines(null, ["x"])
    assert not null.is_file()
