"""Keeping what was decided: one conditional write, what is said of it, and what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.domain.audit import AuditEvent
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import TooLate, Voted
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.machine import Event, Moved, Request, Settled, State, Verdict
from bot.domain.requests.notifications import (
    Notification,
    Topic,
    announce,
    in_thread,
    redraw,
    to_person,
    to_security,
)
from bot.flows.audit import AuditLog, about_request
from bot.flows.request_ports import Requests
from bot.flows.requests.open import execution

TRIES = 50
"""Of one decision: each lost race means that somebody else's was kept."""

TOPICS = {
    Event.VOTE_FOR: Topic.VOTED_FOR,
    Event.VOTE_AGAINST: Topic.VOTED_AGAINST,
    Event.WITHDRAW: Topic.WITHDRAWN,
    Event.APPROVE: Topic.APPROVED,
    Event.DENY: Topic.DENIED,
    Event.CANCEL: Topic.CANCELLED,
    Event.EXPIRE: Topic.EXPIRED,
    Event.REVIEW: Topic.REVIEWED,
}

Judge = Callable[[Request], Verdict]
VOID = "void"
"""The outcome of a request that the world moved away from."""


@dataclass(frozen=True)
class Settler:
    """Keeps decisions."""

    requests: Requests
    audit_log: AuditLog

    async def settle(self, job: Job, request: Request, judge: Judge) -> Outcome:
        """Let one conditional write decide; whoever loses looks again at what was kept."""
        for _ in range(TRIES):
            verdict = judge(request)
            match verdict:
                case Settled():
                    return TooLate(request)
                case Moved(after, event):
                    if await self._kept(job, request, after, event):
                        return Voted(after, event)
                case _:
                    assert_never(verdict)
            request = await self.requests.load(request.id) or request
        return TooLate(request)

    async def _kept(self, job: Job, before: Request, after: Request, event: Event) -> bool:
        detail = f"{event}: {len(after.approving)} of {after.approval.quorum} by {after.policy}"
        entry = self.audit_log.entry(job, AuditEvent.DECIDED, about_request(after), detail)
        follows = execution(after) if event is Event.APPROVE else None
        notifications = _notifications(job, after, event)
        return await self.requests.replace(before, after, entry, notifications, follows)


def _notifications(job: Job, request: Request, event: Event) -> Sequence[Notification]:
    topic, user = TOPICS[event], job.actor.user_id
    said = [*request.votes, *([request.review] if request.review else [])]
    text = next((vote.comment for vote in reversed(said) if vote.by == job.actor), "")
    spoken = in_thread(request.id, topic, by=user, text=text)
    if request.state is State.PENDING:
        return (redraw(request.id, topic), spoken)
    told = to_person(request.id, topic, request.terms.requester.user_id, by=user, text=text)
    aloud = [to_security(request.id, topic, by=user, text=text)] if event is Event.REVIEW else []
    return (redraw(request.id, topic), spoken, told, *aloud)


def settled(request: Request, topic: Topic) -> Sequence[Notification]:
    """What a change by no vote announces: on the card, in its thread, and to the requester."""
    return announce(request.id, topic, to=request.terms.requester.user_id)
