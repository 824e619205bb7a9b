"""What became of each command of a soak: pure counting over what was seen."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.scenarios.system import Json

MARK: Final = re.compile(rb"soak-([0-9]{6})")
"""The number of a command, in its text and in the text of its answer."""
CREATED: Final = b"created"
CLOSING: Final = frozenset({"answered", "refused", "failed", "done"})
"""Events of the audit log that close a job."""
FLAT: Final = 1.15
"""A process may use this much of what it used in the middle third, and still be flat."""


@dataclass
class Tally:
    """The commands by number, as their senders and the services see them."""

    acked: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    created: set[int] = field(default_factory=set)
    """The commands whose answer says that the key is created."""
    seconds: list[float] = field(default_factory=list)
    """How long each acknowledged command waited for its ack."""
    keys: Counter[int] = field(default_factory=Counter)
    """How many keys Cloudinary has had for each command that creates one."""

    def p99(self) -> float:
        """Give the 99th percentile of the acks in seconds, by the nearest rank."""
        return sorted(self.seconds)[math.ceil(0.99 * len(self.seconds)) - 1] if self.seconds else 0

    def unanswered(self) -> set[int]:
        """List the acknowledged commands without any answer."""
        return self.acked - self.answered

    def doubled(self) -> set[int]:
        """List the commands that created more than one key."""
        return {number for number, count in self.keys.items() if count > 1}

    def without_effect(self) -> set[int]:
        """List the commands whose answer names a key that Cloudinary has never had."""
        return self.created - set(self.keys)

    def see(self, body: bytes) -> None:
        """Note the commands that an answer of the bot names."""
        numbers = {int(number) for number in MARK.findall(body)}
        self.answered |= numbers
        if CREATED in body:
            self.created |= numbers


def unclosed(entries: Iterable[Json]) -> set[str]:
    """List the jobs that the audit log accepted and never closed."""
    asked, closed = set[str](), set[str]()
    for entry in entries:
        if entry["deed"] == "asked":
            asked.add(entry["errand"])
        elif entry["deed"] in CLOSING:
            closed.add(entry["errand"])
    return asked - closed


def failed(entries: Iterable[Json]) -> set[str]:
    """List the jobs that ended as failed, although Slack and Cloudinary were never away."""
    return {entry["errand"] for entry in entries if entry["deed"] == "failed"}


@dataclass(frozen=True)
class Sample:
    """What the system holds at one moment: bytes in memory by process, and of Redis."""

    commands: int
    redis: int
    processes: Mapping[str, int]


def growth(samples: list[Sample]) -> dict[str, float]:
    """Compare the last third with the middle one: the greatest memory by process."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    names = {name for sample in samples for name in sample.processes}
    return {
        name: max(s.processes.get(name, 0) for s in last)
        / max(1, *(s.processes.get(name, 0) for s in middle))
        for name in sorted(names)
        if middle and last
    }


def bytes_per_command(samples: list[Sample]) -> float:
    """Give the bytes that Redis keeps for one command, between the first and the last sample."""
    first, last = samples[0], samples[-1]
    return (last.redis - first.redis) / max(1, last.commands - first.commands)
