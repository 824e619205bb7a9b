"""Writes a change of a request together with its audit entry and its notifications."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent, Entry
from bot.domain.jobs import Job
from bot.domain.policy import Reach
from bot.domain.requests.changes import changed_vote
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Topic, announce, nothing_left, redraw
from bot.domain.sign_in import SignedVote
from bot.flows.audit import SIGNED_IN, AuditLog, about_principal, about_request
from bot.flows.ports import Done
from bot.flows.request_ports import Notifications, Requests


@dataclass(frozen=True)
class RequestWriter:
    """The one way to change a stored request.

    A write is conditional: of two processes that read the same version of a request, one writes.
    Change, audit entry, notifications and the job that follows are stored together or not at all.
    """

    requests: Requests
    audit_log: AuditLog

    async def write(
        self,
        before: Request,
        after: Request,
        detail: str,
        notifications: Notifications = (),
        job: Job | None = None,
        event: AuditEvent = AuditEvent.MOVED,
        follows: Job | None = None,
        *,
        effect: str = "",
        done: Sequence[Done] = (),
        spends: SignedVote | None = None,
    ) -> Request | None:
        """Write a change; None if the version is the same, or another process wrote first.

        `effect` is what the job has then done, for when it is taken up again; `done` are the
        changes of keys that this tells of. `spends` is the sign-in that a vote rests on; None also
        where that is gone.
        """
        if after.version == before.version:  # the request's state has no such event
            return None
        entry = self.entry(after, detail, job, event)
        vote = changed_vote(before, after, job.actor) if job else None
        if vote and vote.on_behalf_of:
            entry = replace(entry, target={**entry.target, **about_principal(vote)})
        if spends:
            entry = replace(entry, target={**entry.target, **SIGNED_IN})
        by = replace(job, effect=effect) if job and effect else None
        notifications = (*notifications, *_redraws(before, after))
        written = await self.requests.replace(
            before, after, entry, notifications, follows, by, done, spends
        )
        return after if written else None

    def entry(
        self,
        request: Request,
        detail: str,
        job: Job | None = None,
        event: AuditEvent = AuditEvent.MOVED,
    ) -> Entry:
        """Build an audit entry about a request; without a job, the clock causes the event."""
        target = about_request(request)
        if job:
            return self.audit_log.entry(job, event, target, detail)
        now, action = self.audit_log.clock.now(), request.terms.action
        return Entry(now, event, action, job=request.id, target=target, detail=detail)


def _redraws(before: Request, after: Request) -> Notifications:
    """Update direct messages once the request waits for no decision, or waits again.

    Likewise the owner's once nothing is left to collect.
    """
    if before.state is State.CLAIMABLE and after.state is not State.CLAIMABLE:
        return nothing_left(after.id, after.terms.owner.user_id)
    same = (before.state is State.PENDING) is (after.state is State.PENDING)
    told = () if same or after.approval.reach is not Reach.DIRECT else after.heard.told
    return tuple(redraw(after.id, Topic.APPROVED, user) for user in told)


def to_requester(request: Request, topic: Topic) -> Notifications:
    """Redraw the card, and notify its thread and the requester."""
    return announce(request.id, topic, to=request.terms.requester.user_id)


def to_owner(request: Request, topic: Topic) -> Notifications:
    """Redraw the card, and notify its thread and the owner of the credentials."""
    return announce(request.id, topic, to=request.terms.owner.user_id)
