"""What one message tells of keys: the text of its notification, read when it is posted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from bot.domain.drift import Drift, Drifted
from bot.domain.environments import Environment

SHOWN: Final = 20
"""Changes that one message names; the rest is counted."""


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
