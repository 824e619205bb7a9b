"""Lanes: which commands pass all others, so that a flood of requests never delays a defence."""

from enum import StrEnum
from typing import Final

from bot.domain.commands.grammar import Incomplete, Reading, read
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.leaks import DisownOpening, ReportLeak
from bot.domain.commands.links import RevokeLink
from bot.domain.commands.requests import Cancel, Deny, Withdraw
from bot.domain.commands.rotations import RotateKey
from bot.domain.jobs import Job


class Lane(StrEnum):
    """A queue with workers of its own, and buckets of its own, whose Redis keys have the value."""

    NORMAL = "normal"
    RESERVED = "reserved"


STOPPING: Final = DisableKey | ReportLeak | DisownOpening | RevokeLink | Deny | Withdraw | Cancel
"""Commands that stop a leak, or something that would become one. None of them grants anything."""


def lane_of(reading: Reading) -> Lane:
    """Return the lane of a command, approved or not, or of one whose form is to be filled in."""
    if isinstance(reading, Incomplete):
        stops = issubclass(reading.spec.build, STOPPING)
    else:
        leaked = isinstance(reading, RotateKey) and reading.compromised
        stops = leaked or isinstance(reading, STOPPING)
    return Lane.RESERVED if stops else Lane.NORMAL


def lane_of_job(job: Job) -> Lane:
    """Return the lane in which a job stands in line; a part of a bulk act delays no defence."""
    return Lane.NORMAL if job.part_of else lane_of(read(job.text))


def waiter(job: Job) -> str:
    """Return who stands in line for a lock: a part stands there as the job that runs it."""
    return job.part_of or job.id
