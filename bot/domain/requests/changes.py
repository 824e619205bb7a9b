"""What people and the clock do to a request; each function returns the request after it."""

from dataclasses import replace
from datetime import datetime

from bot.domain.people import Actor
from bot.domain.requests.machine import Cause, Event, Moved, Request, Unchanged, Verdict, move
from bot.domain.requests.terms import Waiver
from bot.domain.requests.votes import Vote, reached


def submit(request: Request, now: datetime) -> Verdict:
    """Open a request to its approvers."""
    return move(request, Event.SUBMIT, Cause.REQUESTER, now)


def vote(request: Request, new: Vote, now: datetime) -> Verdict:
    """Count one person's vote, and settle the request if that is enough.

    A vote on other terms does not count; a person's new vote replaces their former one. A
    delegate's vote never replaces the principal's own.
    """
    overriding = any(new.overrides(each) for each in request.current_votes)
    if new.fingerprint != request.terms.fingerprint or overriding:
        return Unchanged(request)
    others = tuple(each for each in request.votes if not each.is_of_voter(new))
    counted = replace(request, votes=(*others, new))
    event = _event_of(counted, new)
    if event is Event.APPROVE:
        counted = _granted(counted, now)
    return move(request, event, Cause.APPROVER, now, counted)


def _event_of(request: Request, new: Vote) -> Event:
    if new.approves:
        enough = reached(request.approving, request.approval)
        return Event.APPROVE if enough else Event.VOTE_FOR
    enough = len(request.denying) >= request.approval.denials
    return Event.DENY if enough else Event.VOTE_AGAINST


def _granted(request: Request, now: datetime) -> Request:
    """Start the clock of access that ends: it runs from the approval."""
    lasts = request.terms.lasts
    return replace(request, ends_at=now + lasts if lasts else None)


def changed_vote(before: Request, after: Request, by: Actor) -> Vote | None:
    """Return the vote or review that this person gave or withdrew, if that is the change."""
    was, now = ([*each.votes, *each.reviews] for each in (before, after))
    changed = [each for each in (*now, *was) if (each in now) is not (each in was)]
    return next((each for each in changed if each.by == by), None)


def withdraw(request: Request, by: Actor, now: datetime) -> Verdict:
    """Withdraw a person's vote, until execution begins."""
    votes = tuple(each for each in request.votes if each.by != by)
    if len(votes) == len(request.votes):
        return Unchanged(request)
    without = replace(request, votes=votes, ends_at=None)
    return move(request, Event.WITHDRAW, Cause.APPROVER, now, without)


def waive(request: Request, reason: Waiver, now: datetime) -> Verdict:
    """Approve without a vote."""
    waived = _granted(replace(request, waived=reason), now)
    return move(request, Event.APPROVE, Cause.ENGINE, now, waived)


def reviewed(request: Request, review: Vote) -> Verdict:
    """Record a review of an emergency: the first one counts, and of two each by another person."""
    if not request.unreviewed or any(each.is_of_voter(review) for each in request.reviews):
        return Unchanged(request)
    later = replace(request, version=request.version + 1)
    changed = (
        replace(later, second_review=review) if later.review else replace(later, review=review)
    )
    return Moved(changed, Event.REVIEW)


def cancel(request: Request, by: Actor, now: datetime) -> Verdict:
    """Cancel a request; only its requester can."""
    if by != request.terms.requester:
        return Unchanged(request)
    return move(request, Event.CANCEL, Cause.REQUESTER, now)


def expire(request: Request, now: datetime) -> Verdict:
    """End a request that no one settled in time."""
    if now < request.expires_at:
        return Unchanged(request)
    return move(request, Event.EXPIRE, Cause.CLOCK, now)
