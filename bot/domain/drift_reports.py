"""What one message tells of keys: the text of its notification, read when it is posted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from bot.domain.drift import Drift, Drifted
from bot.domain.environments import Environment
from bot.domain.keys import Located

SHOWN: Final = 20
"""Changes that one message names; the rest is counted."""

PRESSED: Final = 8
"""Keys with buttons in one message."""


@dataclass(frozen=True)
class DriftReport:
    """The changes in one environment: the first of them by name, and how many there are."""

    environment: str
    drifts: tuple[Drift, ...]
    count: int

    @classmethod
    def of(cls, place: Environment, drifts: Sequence[Drift]) -> Self:
        """Keep as many as a message shows."""
        return cls(place.name, tuple(drifts[:SHOWN]), len(drifts))

    def write(self) -> str:
        """Write it as text."""
        each = [[it.what, it.api_key, it.name, it.before] for it in self.drifts]
        return json.dumps({"env": self.environment, "count": self.count, "keys": each})

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` or `KeyError` where another version wrote it."""
        found = json.loads(text)
        drifts = tuple(Drift(Drifted(what), *rest) for what, *rest in found["keys"])
        return cls(found["env"], drifts, found["count"])


@dataclass(frozen=True)
class Orphan:
    """A key without an owner who is here."""

    api_key: str
    name: str
    environment: str

    @property
    def label(self) -> str:
        """The name, or the API key of a key without one."""
        return self.name or self.api_key


@dataclass(frozen=True)
class OrphanReport:
    """Such keys: the first of them by name, and how many there are."""

    keys: tuple[Orphan, ...]
    count: int

    @classmethod
    def of(cls, found: Sequence[Located]) -> Self:
        """Keep as many as have buttons."""
        shown = (Orphan(it.key.api_key, it.key.name, it.environment.name) for it in found[:PRESSED])
        return cls(tuple(shown), len(found))

    def write(self) -> str:
        """Write it as text."""
        each = [[it.api_key, it.name, it.environment] for it in self.keys]
        return json.dumps({"count": self.count, "keys": each})

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` or `KeyError` where another version wrote it."""
        found = json.loads(text)
        return cls(tuple(Orphan(*each) for each in found["keys"]), found["count"])
