"""Archives of the audit log: exports in a directory, one file behind the other.

    audit-000000000001-000000010000.jsonl    entries 1 to 10,000, and a signed checkpoint

A file has its name only once it is whole and on the disk: it is written under a name of its own,
synced, and linked to its name. A link replaces no file, so of two writers, also of two
installations that share the directory by mistake, the second one changes nothing.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.domain.export import Export, read_export
from bot.domain.verification import Broken
from bot.errors import ConfigurationError, why_not

NAME: Final = "audit-{first:012d}-{last:012d}.jsonl"
ANY: Final = "[0-9]" * 12
"""A number in a pattern: an export beside the archives, named after its day, is none of them."""
UNFINISHED: Final = ".part"
OWNER_ONLY: Final = 0o600
READ_NONE: Final = "Nothing was read: name another file, restore this one, or export again."


class Archives:
    """The archives in one directory. Its methods block."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def at(self, first: int) -> Path | None:
        """Find the archive that begins with that entry."""
        return next(iter(sorted(self.directory.glob(f"audit-{first:012d}-{ANY}.jsonl"))), None)

    def up_to(self, last: int) -> Path | None:
        """Find an archive that ends with that entry."""
        return next(self.directory.glob(f"audit-{ANY}-{last:012d}.jsonl"), None)

    def paths(self) -> list[Path]:
        """List all, in the order of their entries. Raises `ConfigurationError`: there is none."""
        paths = sorted(self.directory.glob(f"audit-{ANY}-{ANY}.jsonl"))
        if not paths:
            example = NAME.format(first=1, last=10_000)
            raise ConfigurationError(f"{self.directory} has no archive, such as {example}.")
        return paths

    def write(self, first: int, last: int, lines: Iterable[str]) -> Path:
        """Write an archive that is on the disk when this returns.

        May raise `OSError`; there is one of that name, for instance.
        """
        path = self.directory / NAME.format(first=first, last=last)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(part)
        finally:
            part.unlink(missing_ok=True)
        for left in self.directory.glob(f"{path.name}*{UNFINISHED}"):
            left.unlink(missing_ok=True)  # of a writer that died, or comes too late
        self._sync()
        return path

    def _sync(self) -> None:
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self) -> Iterator[tuple[Path, Export | Broken]]:
        """Read all, one at a time, in the order of their entries.

        Raises:
            ConfigurationError: there is none, or one can't be read.

        """
        for path in self.paths():
            yield path, read_file(path)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise `ConfigurationError` in words where a file can't be read as text."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {why_not(error)}. {READ_NONE}") from error


def read_file(path: Path) -> Export | Broken:
    """Read an export from a file. Raises `ConfigurationError` where there is none to read."""
    with readable(path), path.open(encoding="utf-8") as lines:
        export = read_export(lines)
    if isinstance(export, Broken) and path.is_file() and not path.stat().st_size:
        raise ConfigurationError(f"{path} is empty: an export did not finish. {READ_NONE}")
    return export


def read_named(path: Path) -> Export | Broken:
    """Read an export that a person names. Raises `ConfigurationError`, too, for another file."""
    export = read_file(path)
    if isinstance(export, Broken) and path.is_file():
        with path.open(encoding="utf-8") as lines:
            begins = _begins_export(next(filter(str.strip, lines), ""))
        if not begins:
            text = f"{path} is not an export: `audit export` writes one. {READ_NONE}"
            raise ConfigurationError(text)
    return export


def _begins_export(line: str) -> bool:
    """Whether a first line is of an export at all; it may have been changed since."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and bool(document.keys() & {"export", "entry"})
