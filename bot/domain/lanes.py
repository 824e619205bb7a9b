"""Lanes: which commands pass all others, so that a flood of requests never delays a defence."""

from enum import Enum, auto
from typing import Final

from bot.domain.commands.grammar import Reading
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.requests import Cancel, Deny, Withdraw


class Lane(Enum):
    """A queue with workers of its own. A lane is derived from the command and never stored."""

    NORMAL = auto()
    RESERVED = auto()


STOPPING: Final = DisableKey | Deny | Withdraw | Cancel
"""Commands that stop a leak, or something that would become one. None of them grants anything."""


def lane_of(reading: Reading) -> Lane:
    """Return the lane of a command, approved or not."""
    return Lane.RESERVED if isinstance(reading, STOPPING) else Lane.NORMAL
