"""Deadlines: the times at which a request changes or reminds without a press."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.requests import rotation_times
from bot.domain.requests.machine import OVER, Request, State

FIRST_REMINDER = timedelta(minutes=15)
"""After the request opens; each further reminder waits twice as long."""
LONGEST_PAUSE = timedelta(days=1)
"""Between two review reminders."""
MOST_DOUBLINGS = 10
"""Enough to reach the longest pause; more would only make the arithmetic overflow."""
WARNINGS = (timedelta(days=1), timedelta(hours=1))
"""Before granted access ends."""


class Deadline(StrEnum):
    """What is due. Of several at once, the first of this list comes first."""

    END = "end"
    DELETE = "delete"
    ENABLE = "enable"
    EXPIRE = "expire"
    LAPSE = "lapse"
    ROTATE = "rotate"
    WARN = "warn"
    ESCALATE = "escalate"
    REVIEW_REMINDER = "review_reminder"
    REMIND = "remind"
    TELL = "tell"


def next_look(request: Request, claim_ttl: timedelta) -> datetime | None:
    """Return the time of the next deadline, if there is one."""
    return min((at for at, _ in _deadlines(request, claim_ttl)), default=None)


def over_since(request: Request, claim_ttl: timedelta) -> datetime | None:
    """Return when the last thing happened to a request that nothing is to happen to any more."""
    if request.state not in OVER or next_look(request, claim_ttl):
        return None
    rotated = request.rotation.since if request.rotation else None
    return max(filter(None, (request.asked_at, request.since, request.ends_at, rotated)))


def due(request: Request, claim_ttl: timedelta, now: datetime) -> Deadline | None:
    """Return what is due now, if anything is."""
    reached = {deadline for at, deadline in _deadlines(request, claim_ttl) if at <= now}
    return next((deadline for deadline in Deadline if deadline in reached), None)


def _deadlines(request: Request, claim_ttl: timedelta) -> Iterator[tuple[datetime, Deadline]]:
    asked_at, ends_at = request.asked_at, request.ends_at
    if request.unreviewed:
        doubled = FIRST_REMINDER * 2 ** min(request.review_reminders, MOST_DOUBLINGS)
        last = request.review_reminded_at or asked_at
        yield last + min(doubled, LONGEST_PAUSE), Deadline.REVIEW_REMINDER
    if request.enable_at and request.state in OVER:  # before that, the key may yet be disabled
        yield request.enable_at, Deadline.ENABLE
    if request.delete_at:
        yield request.delete_at, Deadline.DELETE
    if request.rotation and request.rotates and (at := rotation_times.next_look(request.rotation)):
        yield at, Deadline.ROTATE
    match request.state:
        case State.PENDING:
            yield request.expires_at, Deadline.EXPIRE
            yield asked_at + FIRST_REMINDER * 2**request.noticed, Deadline.REMIND
            if request.heard.next_at:
                yield request.heard.next_at, Deadline.TELL
            if request.approval.escalation and not request.escalated:
                yield asked_at + request.approval.escalation.after, Deadline.ESCALATE
        case State.CLAIMABLE:
            lapses_at = request.since + claim_ttl
            yield min(lapses_at, ends_at or lapses_at), Deadline.LAPSE
        case State.CLAIMED if ends_at and not request.ended:
            yield ends_at, Deadline.END
            yield from ((ends_at - each, Deadline.WARN) for each in WARNINGS[request.noticed :][:1])


def noticed(request: Request, now: datetime) -> Request:
    """Count every reminder or warning that is due by now: a late one is sent once, not repeated."""
    count = request.noticed
    if request.state is State.PENDING:
        while request.asked_at + FIRST_REMINDER * 2**count <= now:
            count += 1
    elif request.ends_at:
        count = sum(request.ends_at - before <= now for before in WARNINGS)
    return replace(request, noticed=count)
