"""Settles decisions: one conditional write each, its notifications, and the job that follows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.jobs import Job
from bot.domain.outcomes.decisions import MoreNeeded, TooLate, Voted
from bot.domain.requests.changes import changed_vote
from bot.domain.requests.machine import Event, Moved, Request, State, Unchanged, Verdict
from bot.domain.requests.notifications import Topic, in_thread, redraw, to_person, to_security
from bot.domain.sign_in import SignedVote
from bot.errors import Unread
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

DECIDED = "decided:"
"""Before the event, in the effect of a job whose decision is stored."""

Judge = Callable[[Request], Verdict]
"""Applies a decision to the request as it is at this attempt."""


@dataclass(frozen=True)
class Settler:
    """Stores decisions."""

    writer: RequestWriter

    async def settle(
        self, job: Job, request: Request, judge: Judge, spends: SignedVote | None = None
    ) -> Voted | TooLate | MoreNeeded:
        """Write a decision; after a lost race, judge again on what the winner stored.

        It spends the sign-in that it rests on; if that is gone meanwhile, it counts for nothing.
        """
        for _ in range(TRIES):
            verdict = judge(request)
            if isinstance(verdict, Unchanged):
                break
            if await self._write(job, request, verdict, spends):
                return Voted(verdict.request, verdict.event)
            before = request
            request = await self.writer.requests.load(request.id) or request
            if spends and request.version == before.version:
                return MoreNeeded(request, ("confirm",), unsigned=True)
        return TooLate(request)

    async def _write(
        self, job: Job, before: Request, moved: Moved, spends: SignedVote | None
    ) -> Request | None:
        after, event = moved.request, moved.event
        detail = f"{event}: {len(after.approving)} of {after.approval.quorum} by {after.policy}"
        notifications = _notifications(job, before, after, event)
        follows = execution(after) if event is Event.APPROVE else None
        return await self.writer.write(
            *(before, after, detail, notifications, job, AuditEvent.DECIDED, follows),
            effect=f"{DECIDED}{event}",
            spends=spends,
        )


def counted(job: Job) -> Event | None:
    """Tell what a job had decided before its process died: a vote counts once, withdrawn or not.

    Raises `Unread`: a newer version decided it, in a way that this one does not know.
    """
    if not job.effect.startswith(DECIDED):
        return None
    try:
        return Event(job.effect.removeprefix(DECIDED))
    except ValueError as error:
        raise Unread("the job has a decision of another version") from error


def _notifications(job: Job, before: Request, request: Request, event: Event) -> Notifications:
    topic, user = TOPICS[event], job.actor.user_id
    vote = changed_vote(before, request, job.actor)
    text = vote.comment if vote and event is not Event.WITHDRAW else ""
    told: Notifications = (in_thread(request.id, topic, by=user, text=text),)
    if request.state is not State.PENDING:
        requester = request.terms.requester.user_id
        told = (*told, to_person(request.id, topic, requester, by=user, text=text))
    if event is Event.REVIEW:
        told = (*told, to_security(request.id, topic, by=user, text=text))
    principal = vote.principal.user_id if vote and vote.principal else ""
    return (redraw(request.id, topic), *(replace(each, on_behalf_of=principal) for each in told))
