"""Writes exports of the audit log to files, and keeps each file that nothing else may replace."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from bot.adapters.archives import UNFINISHED, read_file
from bot.domain.audit import Head, Record
from bot.domain.export import Export
from bot.domain.verification import Archived, Broken, Empty, Intact, Start, Verdict, continues
from bot.errors import ConfigurationError, why_not

KEPT: Final = "{path} is kept, and nothing was exported: {reason}. Name another file with --file."
NO_EXPORT: Final = "it is no whole export of an audit log ({reason})"
NOT_PROVEN: Final = "the audit log in Redis is not proven, which `audit verify` explains"
NOT_CONTINUED: Final = (
    "the audit log in Redis, which ends at entry {head}, does not continue it up to its entry"
    " {last}, so this file may have the only copy of what is missing"
)

ARCHIVED: Final = (
    "it ends at entry {last}, and the audit log in Redis begins behind that, since entries were"
    " archived; so this file can't be compared with it"
)


def refuse_to_lose(
    path: Path, records: Sequence[Record], head: Head, start: Start, verdict: Verdict
) -> None:
    """Refuse to replace a file unless it is an export that this log continues.

    A file that is empty, or no file such as a pipe, can be written to. Raises `ConfigurationError`.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    older = read_file(path)
    if isinstance(older, Broken):
        reason = NO_EXPORT.format(reason=older.reason)
    elif not isinstance(verdict, Intact | Empty):
        reason = NOT_PROVEN
    elif lost := [each for each in _heads(older) if continues(records, head, each, start.head)]:
        archived = isinstance(continues(records, head, lost[0], start.head), Archived)
        words = ARCHIVED if archived else NOT_CONTINUED
        reason = words.format(head=head.seq, last=lost[0].seq)
    else:
        return
    raise ConfigurationError(KEPT.format(path=path, reason=reason))


def _heads(export: Export) -> list[Head]:
    """The head that an export names, and its last record, which an unproven one may have behind."""
    return [export.head, *(Head(each.seq, each.mac) for each in export.records[-1:])]


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a file that has its name only once it is whole, or into what is no file.

    May raise `OSError`: then a file that is there stays as it was.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as out:
            out.writelines(lines)
        return
    path = path.resolve()  # a link goes on leading to the file
    part = path.with_name(path.name + UNFINISHED)
    part.unlink(missing_ok=True)
    try:
        with part.open("x", encoding="utf-8") as out:
            if path.exists():
                shutil.copymode(path, part)  # before there is anything to read
            out.writelines(lines)
        part.replace(path)
    except OSError as error:  # of a full disk it names no file, else the one beside
        raise OSError(error.errno, why_not(error), str(path)) from error
    finally:
        part.unlink(missing_ok=True)
