"""Deciding from a shell of the server: the same dispatcher as Slack's, and every entry says so."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.grammar import write
from bot.domain.commands.registry import action_of
from bot.domain.commands.requests import Approve, Deny, ListRequests
from bot.domain.jobs import Job, Reply
from bot.domain.operators import Operator
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.flows.audit import AuditLog, event_of
from bot.flows.dispatch import Dispatcher
from bot.flows.ports import Jobs
from bot.flows.request_ports import Requests

LISTED = 100
"""Requests in a list; a terminal scrolls."""


@dataclass(frozen=True)
class ShellAuditLog(AuditLog):
    """Writes entries of what an operator does."""

    login: str

    def entry(
        self, job: Job, event: AuditEvent, target: dict[str, str] | None = None, detail: str = ""
    ) -> Entry:
        """Tell of one event, and that it was done by the shell."""
        said = f"{detail} (by the shell, operator {self.login})".lstrip()
        return super().entry(job, event, target, said)


@dataclass(frozen=True)
class ShellIntake:
    """Takes an operator's commands in and carries them out at once."""

    dispatcher: Dispatcher
    jobs: Jobs
    requests: Requests
    audit_log: AuditLog
    operator: Operator
    new_id: Callable[[], str]

    async def accept(self, command: ListRequests | Approve | Deny, like: Actor) -> Outcome:
        """Carry one command out, on the record from the start.

        `like` is somebody of the same workspace, whose ids Slack's deliveries would have too.
        """
        actor = Actor(like.team_id, self.operator.user_id, like.enterprise_id)
        job = Job(
            id=self.new_id(),
            actor=actor,
            text=write(command),
            action=action_of(command),
            reply=Reply(),
            accepted_at=self.audit_log.clock.now(),
        )
        asked = self.audit_log.entry(job, AuditEvent.ASKED)
        await self.jobs.note(job.id, asked)
        outcome = await self._answer(job, command)
        event, detail = event_of(outcome)
        answered = self.audit_log.entry(job, event, {}, detail)
        await self.jobs.note(f"{job.id}:answer", answered)
        return outcome

    async def _answer(self, job: Job, command: ListRequests | Approve | Deny) -> Outcome:
        """Whoever reads Redis may look; only deciding asks who it is."""
        if not isinstance(command, ListRequests):
            return await self.dispatcher.run(job)
        if command.which:
            request = await self.requests.load(command.which)
            return RequestShown(request) if request else NoSuchRequest(command.which)
        found = await self.requests.pending(LISTED + 1)
        return RequestsListed("all", tuple(found[:LISTED]), more=len(found) > LISTED)
