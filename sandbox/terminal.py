"""What `make run` prints: sentences for a newcomer. The bot's log is kept in a file."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sandbox.variables import Addresses

ERRORS: Final = frozenset({"error", "critical"})
"""Levels of the log that are told on the terminal too."""
SERVERS: Final = ("Slack", "Cloudinary", "Keysmith")
TRACE: Final = "Traceback (most recent call last):"


class Bot:
    """Tells what the bot prints: its sentences as they are, errors of its log in words, once."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._told: set[str] = set()
        self._crashing = False

    def heard(self, line: str) -> str | None:
        """The words for the terminal about a line, if there are any."""
        entry = _entry(line)
        if entry is None:
            return self._words("".join(filter(_is_printable, line)))
        event = str(entry.get("event", "unknown")).replace("_", " ")
        if entry.get("level") not in ERRORS or event in self._told:
            return None
        self._told.add(event)
        return f"! Keysmith reports an error: {event}. Details: {self._log}"

    def _words(self, line: str) -> str | None:
        """A sentence, or a crash's last line."""
        self._crashing = line == TRACE or (self._crashing and line.startswith(" "))
        return None if self._crashing else line


def _entry(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_printable(character: str) -> bool:
    return character.isprintable() or character == "\t"


class Heard:
    """Takes the bot's output in pieces: all of it goes to the log, and words to the terminal."""

    def __init__(self, bot: Bot, log: Path, say: Callable[[str], None]) -> None:
        self._bot, self._say = bot, say
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = log.open("ab", buffering=0)
        self._file.truncate(0)
        self._rest = b""

    def take(self, piece: bytes) -> None:
        """Take the next piece, which may end in the middle of a line."""
        self._file.write(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._tell(line)

    def _tell(self, line: bytes) -> None:
        words = self._bot.heard(line.decode(errors="replace"))
        if words is not None:
            self._say(words)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._rest:
            self._tell(self._rest)
        self._file.close()


def welcome(at: Addresses, log: Path, command: str) -> list[str]:
    """Everything that a newcomer needs; each address ends its line, so that it can be copied."""
    page = f"{at.slack}/?in=platform&as="
    return [
        "",
        "Keysmith is ready. Slack and Cloudinary are simulated: nothing here is real.",
        "",
        "1. Open a page. You need no password, and can switch to other people there.",
        f"   Slack, as Tom (manages keys):   {page}tom",
        f"   Slack, as Mia (requests keys):  {page}mia",
        f"   Slack, as Ada (manages users):  {page}ada",
        "",
        f"2. As Tom, type  {command} help  or  {command} key list  and press Enter.",
        f'3. As Mia, type  {command} request staging --reason "trying it out"',
        "   Then approve it as Tom in #key-approvals.",
        "",
        f"   Cloudinary's keys:  {at.cloudinary}/",
        f"   Keysmith's log:     {log}",
        "",
        "Press Ctrl-C to stop. What you did is kept; `make clean` deletes it.",
        "",
    ]


def moved(wanted: Sequence[int], given: Sequence[int]) -> list[str]:
    """Which servers use other ports than the wanted ones, because those are taken."""
    return [
        f"Port {port} is in use: {name} uses {found}."
        for name, port, found in zip(SERVERS, wanted, given, strict=True)
        if port not in (0, found)
    ]


def taken_up(state: Path) -> list[str]:
    """What is left of an earlier run, if there was one."""
    if not (state / "cloudinary.json").exists():
        return []
    return [
        "Your last run's keys and requests are still here. Slack's messages are gone.",
        "To start over, run `make clean`.",
    ]
