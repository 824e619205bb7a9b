"""Follows a request that needs no vote until it is carried out: its answer tells the result.

The execution is a job of its own. A process that dies here leaves it alone: the requester's job is
finished, and its answer shows the request as it is then.
"""

from datetime import timedelta
from typing import Final

from bot.domain.jobs import Job
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.requests.machine import State
from bot.errors import AlteredRecord, StoreError
from bot.flows.ports import Clock
from bot.flows.request_ports import Requests

PATIENCE: Final = timedelta(seconds=2)
"""From the command on: people wait three seconds for an answer."""
LOOK: Final = 0.2
"""Seconds between two looks."""
UNDERWAY: Final = frozenset({State.PENDING, State.APPROVED, State.EXECUTING})
"""States of a request without a vote whose execution has not ended."""


async def followed(requests: Requests, outcome: Outcome) -> Outcome:
    """Read requests that need no vote again; what can't be read now stays as it was."""
    if isinstance(outcome, Several):
        return Several(tuple([await followed(requests, each) for each in outcome.outcomes]))
    if not isinstance(outcome, Requested) or not is_underway(outcome):
        return outcome
    try:
        found = await requests.load(outcome.request.id)
    except (StoreError, AlteredRecord):
        return outcome
    return Requested(found, outcome.offers) if found else outcome


def is_underway(outcome: Outcome) -> bool:
    """Whether an answer is about something that is being carried out."""
    if isinstance(outcome, Several):
        return any(map(is_underway, outcome.outcomes))
    waived = isinstance(outcome, Requested) and outcome.request.waived is not None
    return waived and isinstance(outcome, Requested) and outcome.request.state in UNDERWAY


def is_worth_waiting(job: Job, outcome: Outcome, clock: Clock) -> bool:
    """Whether the person's answer waits a moment longer for the result."""
    return is_underway(outcome) and clock.now() - job.accepted_at < PATIENCE
