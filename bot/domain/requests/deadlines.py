"""When a request has to be looked at again though nobody presses anything."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.requests.machine import Request, State

FIRST_REMINDER = timedelta(minutes=15)
"""After it was asked; each further reminder waits twice as long."""
LONGEST_PAUSE = timedelta(days=1)
"""Between two calls for a review."""
MOST_DOUBLINGS = 10
"""More would only be cut to the longest pause again."""
WARNINGS = (timedelta(days=1), timedelta(hours=1))
"""Before granted access ends."""


class Deadline(StrEnum):
    """What the time has come for."""

    REMIND = "remind"
    ESCALATE = "escalate"
    REVIEW_REMINDER = "nag"
    DELETE = "delete"
    EXPIRE = "expire"
    LAPSE = "lapse"
    WARN = "warn"
    END = "end"


def next_look(request: Request, claim_ttl: timedelta) -> datetime | None:
    """The next time at which something may be due; None where nothing ever is."""
    times = [at for at, _ in _deadlines(request, claim_ttl)]
    return min(times, default=None)


def due(request: Request, claim_ttl: timedelta, now: datetime) -> Deadline | None:
    """What is due now: the gravest first."""
    rung = [deadline for at, deadline in _deadlines(request, claim_ttl) if at <= now]
    order = (
        *(Deadline.END, Deadline.DELETE, Deadline.EXPIRE, Deadline.LAPSE),
        *(Deadline.WARN, Deadline.ESCALATE, Deadline.REVIEW_REMINDER, Deadline.REMIND),
    )
    return min(rung, key=order.index, default=None)


def _deadlines(request: Request, claim_ttl: timedelta) -> list[tuple[datetime, Deadline]]:
    return [*_of_state(request, claim_ttl), *_of_review(request), *_of_deletion(request)]


def _of_review(request: Request) -> list[tuple[datetime, Deadline]]:
    """An emergency nags until somebody has looked at it, at least once a day."""
    if not request.unreviewed:
        return []
    pause = min(FIRST_REMINDER * 2 ** min(request.review_reminders, MOST_DOUBLINGS), LONGEST_PAUSE)
    return [((request.review_reminded_at or request.asked_at) + pause, Deadline.REVIEW_REMINDER)]


def _of_deletion(request: Request) -> list[tuple[datetime, Deadline]]:
    return [(request.delete_at, Deadline.DELETE)] if request.delete_at else []


def _of_state(request: Request, claim_ttl: timedelta) -> list[tuple[datetime, Deadline]]:
    match request.state:
        case State.PENDING:
            reminder = request.asked_at + FIRST_REMINDER * 2**request.noticed
            wider = request.approval.escalation if not request.escalated else None
            escalation = [(request.asked_at + wider.after, Deadline.ESCALATE)] if wider else []
            return [(request.expires_at, Deadline.EXPIRE), (reminder, Deadline.REMIND), *escalation]
        case State.CLAIMABLE:
            ends = [request.ends_at] if request.ends_at else []
            return [(min([request.since + claim_ttl, *ends]), Deadline.LAPSE)]
        case State.CLAIMED if request.ends_at and not request.ended:
            left = WARNINGS[request.noticed :][:1]
            warning = [(request.ends_at - before, Deadline.WARN) for before in left]
            return [(request.ends_at, Deadline.END), *warning]
        case _:
            return []


def noticed(request: Request, now: datetime) -> Request:
    """Count the reminders or warnings that are due by now: a late one is not made up for."""
    count = request.noticed
    if request.state is State.PENDING:
        while request.asked_at + FIRST_REMINDER * 2**count <= now:
            count += 1
    elif request.ends_at:
        count = sum(request.ends_at - before <= now for before in WARNINGS)
    return replace(request, noticed=count)
