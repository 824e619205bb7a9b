"""What people and the clock do to a request, and what becomes of it then."""

from dataclasses import replace
from datetime import datetime

from bot.domain.people import Actor
from bot.domain.requests.machine import Cause, Event, Moved, Request, Settled, Verdict, move
from bot.domain.requests.terms import Waiver
from bot.domain.requests.votes import Vote, reached


def _become(before: Request, after: Request, event: Event, cause: Cause, now: datetime) -> Verdict:
    """Let something happen that changes more than the state, or leave all as it was."""
    verdict = move(after, event, cause, now)
    return verdict if isinstance(verdict, Moved) else Settled(before)


def submit(request: Request, now: datetime) -> Verdict:
    """Put a request before its approvers."""
    return move(request, Event.SUBMIT, Cause.REQUESTER, now)


def vote(request: Request, new: Vote, now: datetime) -> Verdict:
    """Count one person's word, and settle the request where that is enough.

    A word on other terms than these counts for nothing; a person's later word replaces the former.
    """
    if new.fingerprint != request.terms.fingerprint:
        return Settled(request)
    kept = tuple(each for each in request.votes if not _same(each, new))
    counted = replace(request, votes=(*kept, new))
    event = _event_of(counted, new)
    if event is Event.APPROVE and counted.terms.lasts:
        counted = replace(counted, ends_at=now + counted.terms.lasts)
    return _become(request, counted, event, Cause.APPROVER, now)


def _same(one: Vote, other: Vote) -> bool:
    return (
        one.by == other.by
        or one.cloudinary_id == other.cloudinary_id
        or one.counts_as == other.counts_as
    )


def _event_of(request: Request, new: Vote) -> Event:
    if new.approves:
        enough = reached(request.approving, request.approval)
        return Event.APPROVE if enough else Event.VOTE_FOR
    enough = len(request.denying) >= request.approval.denials
    return Event.DENY if enough else Event.VOTE_AGAINST


def withdraw(request: Request, by: Actor, now: datetime) -> Verdict:
    """Take one's word back, as long as nothing was begun."""
    kept = tuple(each for each in request.votes if each.by != by)
    if len(kept) == len(request.votes):
        return Settled(request)
    without = replace(request, votes=kept, ends_at=None)
    return _become(request, without, Event.WITHDRAW, Cause.APPROVER, now)


def waive(request: Request, reason: Waiver, now: datetime) -> Verdict:
    """Approve by the rule itself, or because it can't wait; the access clock starts now."""
    lasts = request.terms.lasts
    ends_at = now + lasts if lasts else None
    waived = replace(request, waived=reason, ends_at=ends_at)
    return _become(request, waived, Event.APPROVE, Cause.ENGINE, now)


def reviewed(request: Request, word: Vote) -> Verdict:
    """Say afterwards what one thinks of an emergency; once is enough."""
    if not request.unreviewed:
        return Settled(request)
    changed = replace(request, review=word, version=request.version + 1)
    return Moved(changed, Event.REVIEW)


def cancel(request: Request, by: Actor, now: datetime) -> Verdict:
    """Take the request back; only who asked can."""
    if by != request.terms.requester:
        return Settled(request)
    return move(request, Event.CANCEL, Cause.REQUESTER, now)


def expire(request: Request, now: datetime) -> Verdict:
    """End a request that waited for too long."""
    if now < request.expires_at:
        return Settled(request)
    return move(request, Event.EXPIRE, Cause.CLOCK, now)
