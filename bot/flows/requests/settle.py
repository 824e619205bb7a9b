"""Settles decisions: one conditional write each, its notifications, and the job that follows."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.audit import AuditEvent
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import TooLate, Voted
from bot.domain.requests.machine import Event, Moved, Request, State, Unchanged, Verdict
from bot.domain.requests.notifications import Topic, in_thread, redraw, to_person, to_security
from bot.flows.request_ports import Notifications
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.open import execution

TRIES = 50
"""Attempts at one decision: each lost race means that another decision was stored."""

TOPICS = {
    Event.VOTE_FOR: Topic.VOTED_FOR,
    Event.VOTE_AGAINST: Topic.VOTED_AGAINST,
    Event.WITHDRAW: Topic.WITHDRAWN,
    Event.APPROVE: Topic.APPROVED,
    Event.DENY: Topic.DENIED,
    Event.CANCEL: Topic.CANCELLED,
    Event.REVIEW: Topic.REVIEWED,
}

Judge = Callable[[Request], Verdict]
"""Applies a decision to the request as it is at this attempt."""


@dataclass(frozen=True)
class Settler:
    """Stores decisions."""

    writer: RequestWriter

    async def settle(self, job: Job, request: Request, judge: Judge) -> Voted | TooLate:
        """Write a decision; after a lost race, judge again on what the winner stored."""
        for _ in range(TRIES):
            verdict = judge(request)
            if isinstance(verdict, Unchanged):
                break
            if await self._write(job, request, verdict):
                return Voted(verdict.request, verdict.event)
            request = await self.writer.requests.load(request.id) or request
        return TooLate(request)

    async def _write(self, job: Job, before: Request, moved: Moved) -> Request | None:
        after, event = moved.request, moved.event
        detail = f"{event}: {len(after.approving)} of {after.approval.quorum} by {after.policy}"
        notifications = _notifications(job, after, event)
        follows = execution(after) if event is Event.APPROVE else None
        return await self.writer.write(
            before, after, detail, notifications, job, AuditEvent.DECIDED, follows
        )


def _notifications(job: Job, request: Request, event: Event) -> Notifications:
    topic, user = TOPICS[event], job.actor.user_id
    votes = [*request.votes, *([request.review] if request.review else [])]
    text = next((vote.comment for vote in reversed(votes) if vote.by == job.actor), "")
    card = (redraw(request.id, topic), in_thread(request.id, topic, by=user, text=text))
    if request.state is State.PENDING:
        return card
    requester = to_person(request.id, topic, request.terms.requester.user_id, by=user, text=text)
    if event is not Event.REVIEW:
        return (*card, requester)
    return (*card, requester, to_security(request.id, topic, by=user, text=text))
