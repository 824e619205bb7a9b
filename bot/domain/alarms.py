"""When a request has to be looked at again though nobody presses anything."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.requests import Request, State

FIRST_REMINDER = timedelta(minutes=15)
"""After it was asked; each further reminder waits twice as long."""
LONGEST_PAUSE = timedelta(days=1)
"""Between two calls for a review."""
MOST_DOUBLINGS = 10
"""More would only be cut to the longest pause again."""
WARNINGS = (timedelta(days=1), timedelta(hours=1))
"""Before granted access ends."""


class Alarm(StrEnum):
    """What the time has come for."""

    REMIND = "remind"
    ESCALATE = "escalate"
    NAG = "nag"
    DELETE = "delete"
    EXPIRE = "expire"
    LAPSE = "lapse"
    WARN = "warn"
    END = "end"


def next_look(request: Request, claim_ttl: timedelta) -> datetime | None:
    """The next time at which something may be due; None where nothing ever is."""
    times = [at for at, _ in _alarms(request, claim_ttl)]
    return min(times, default=None)


def due(request: Request, claim_ttl: timedelta, now: datetime) -> Alarm | None:
    """What is due now: the gravest first."""
    rung = [alarm for at, alarm in _alarms(request, claim_ttl) if at <= now]
    order = (
        *(Alarm.END, Alarm.DELETE, Alarm.EXPIRE, Alarm.LAPSE),
        *(Alarm.WARN, Alarm.ESCALATE, Alarm.NAG, Alarm.REMIND),
    )
    return min(rung, key=order.index, default=None)


def _alarms(request: Request, claim_ttl: timedelta) -> list[tuple[datetime, Alarm]]:
    return [*_of_state(request, claim_ttl), *_of_review(request), *_of_deletion(request)]


def _of_review(request: Request) -> list[tuple[datetime, Alarm]]:
    """An emergency nags until somebody has looked at it, at least once a day."""
    if not request.unreviewed:
        return []
    pause = min(FIRST_REMINDER * 2 ** min(request.nagged, MOST_DOUBLINGS), LONGEST_PAUSE)
    return [((request.nagged_at or request.asked_at) + pause, Alarm.NAG)]


def _of_deletion(request: Request) -> list[tuple[datetime, Alarm]]:
    return [(request.delete_at, Alarm.DELETE)] if request.delete_at else []


def _of_state(request: Request, claim_ttl: timedelta) -> list[tuple[datetime, Alarm]]:
    match request.state:
        case State.PENDING:
            reminder = request.asked_at + FIRST_REMINDER * 2**request.noticed
            wider = request.approval.escalation if not request.escalated else None
            escalation = [(request.asked_at + wider.after, Alarm.ESCALATE)] if wider else []
            return [(request.expires_at, Alarm.EXPIRE), (reminder, Alarm.REMIND), *escalation]
        case State.CLAIMABLE:
            ends = [request.ends_at] if request.ends_at else []
            return [(min([request.since + claim_ttl, *ends]), Alarm.LAPSE)]
        case State.CLAIMED if request.ends_at and not request.ended:
            left = WARNINGS[request.noticed :][:1]
            warning = [(request.ends_at - before, Alarm.WARN) for before in left]
            return [(request.ends_at, Alarm.END), *warning]
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
