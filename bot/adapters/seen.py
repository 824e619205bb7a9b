"""The newest head that a process saw, in a file: it notices a restore while no process ran."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from bot.domain.audit import ChainKey, Head, canonical
from bot.domain.history import Epoch, Seen
from bot.errors import ConfigurationError, why_not

_log = structlog.get_logger("keysmith.history")

SEEN_FILE: Final = Path("var/history-seen.json")
"""In the working directory, as `audit verify` has its own file."""
USELESS: Final = (
    "{path}, which has the newest entry that was seen, can't be used: {reason}. Nothing was"
    " compared with it. Name another file with --seen, or move this one away."
)
WRITE_EVERY: Final = 5.0
"""Seconds between two writes."""


class SeenFile:
    """Best effort: where the directory can't be written to, a restart remembers nothing."""

    def __init__(self, path: Path, keys: Sequence[ChainKey]) -> None:
        self._path = path
        self._keys = keys
        self._written: Seen | None = None
        self._at = 0.0
        self._writable = True

    def read(self) -> Seen | None:
        """Read what was seen; None where there is no file, or none that can be used."""
        try:
            return self.proven()
        except ConfigurationError as error:
            _log.warning("seen_file_not_read", reason=str(error))
            return None

    def proven(self) -> Seen | None:
        """Read what was seen; None where there is no file.

        Raises:
            ConfigurationError: the file can't be read, is damaged, or no key of ours signed it.

        """
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            parts = (str(found["seq"]), str(found["mac"]), str(found["epoch"]))
            seen = Seen(Head(int(parts[0]), parts[1]), Epoch.parse(parts[2]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._useless(why_not(error)) from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._useless("it is not a file of this kind, or it is damaged") from error
        if str(found.get("proof")) not in {key.mac("seen", *parts) for key in self._keys}:
            raise self._useless("no key of KEYSMITH_KEYS signed it")
        return seen

    def _useless(self, reason: str) -> ConfigurationError:
        return ConfigurationError(USELESS.format(path=self._path, reason=reason))

    def keep(self, seen: Seen | None, now: float) -> None:
        """Write what was seen, if it is new and the last write was long ago; `now` in seconds."""
        idle = seen == self._written or now < self._at + WRITE_EVERY
        if seen is None or idle or not self._writable:
            return
        self._written, self._at = seen, now
        there = self.read()
        newer = there and there.head.seq > seen.head.seq and there.epoch == seen.epoch
        if newer:  # another process of this machine saw more
            return
        parts = (str(seen.head.seq), seen.head.mac, str(seen.epoch))
        document = dict(zip(("seq", "mac", "epoch"), parts, strict=True))
        proof = self._keys[0].mac("seen", *parts)
        new = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(canonical(document | {"proof": proof}), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            self._writable = False  # a container without a volume: once is enough
            _log.info("seen_file_not_written", path=str(self._path), reason=error.strerror)
