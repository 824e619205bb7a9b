"""What the policy says about when keys are rotated: how often, and in which hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from bot.domain import durations
from bot.domain.windows import Window, common_opening, read_window

DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class RotationRules:
    """The strictest of the rules that match: the shortest time, and every maintenance window."""

    every: timedelta | None = None
    windows: tuple[Window, ...] = ()

    def opening(self, now: datetime) -> datetime:
        """When Keysmith may begin by itself: now, or later.

        Windows that are hardly ever open together are looked at again each day.
        """
        return common_opening(self.windows, now) or now + DAY

    @classmethod
    def strictest(cls, rules: Iterable["RotationRules"]) -> Self:
        """Add rules up: none lowers what another one demands."""
        rules = tuple(rules)
        every = min((it.every for it in rules if it.every), default=None)
        windows = {window for it in rules for window in it.windows}
        return cls(every, tuple(sorted(windows, key=lambda it: it.written)))


NO_RULES: Final = RotationRules()
"""What a policy without such annotations says."""


def read(every: str | None, window: str | None) -> RotationRules:
    """Read the annotations of one rule; raises `ValueError` with what is wrong."""
    span = durations.read(every) if every is not None else None
    if every is not None and (span is None or span < DAY):
        raise ValueError("@rotate_every needs a time of a day or more, such as 90d")
    try:
        return RotationRules(span, () if window is None else (read_window(window),))
    except ValueError as error:
        raise ValueError(f"@window {error}") from error
