"""Runs an operator's commands: the dispatcher is Slack's, and audit entries name the shell."""

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
"""Requests in a list; a terminal shows more than a phone."""


@dataclass(frozen=True)
class ShellAuditLog(AuditLog):
    """Builds entries about an operator's jobs."""

    login: str

    def entry(
        self, job: Job, event: AuditEvent, target: dict[str, str] | None = None, detail: str = ""
    ) -> Entry:
        """Build an entry whose detail names the shell and the operator."""
        detail = f"{detail} (by the shell, operator {self.login})".lstrip()
        return super().entry(job, event, target, detail)


@dataclass(frozen=True)
class ShellIntake:
    """Accepts an operator's commands and runs them at once."""

    dispatcher: Dispatcher
    jobs: Jobs
    requests: Requests
    audit_log: AuditLog
    operator: Operator
    new_id: Callable[[], str]

    async def accept(self, command: ListRequests | Approve | Deny, like: Actor) -> Outcome:
        """Run one command, with audit entries before and after it.

        `like` is a person of the same workspace: the operator gets the same team and enterprise ids
        that Slack's deliveries have.
        """
        actor = Actor(like.team_id, self.operator.user_id, like.enterprise_id)
        now = self.audit_log.clock.now()
        job = Job(self.new_id(), actor, write(command), action_of(command), Reply(), now)
        await self.jobs.note(job.id, self.audit_log.entry(job, AuditEvent.ASKED))
        outcome = await self._answer(job, command)
        event, detail = event_of(outcome)
        entry = self.audit_log.entry(job, event, {}, detail)
        await self.jobs.note(f"{job.id}:answer", entry)
        return outcome

    async def _answer(self, job: Job, command: ListRequests | Approve | Deny) -> Outcome:
        """List without identifying the operator, who can read Redis anyway; dispatch a decision."""
        if not isinstance(command, ListRequests):
            return await self.dispatcher.run(job)
        if command.which:
            request = await self.requests.load(command.which)
            return RequestShown(request, details=True) if request else NoSuchRequest(command.which)
        found = await self.requests.pending(LISTED + 1)
        return RequestsListed("all", tuple(found[:LISTED]), more=len(found) > LISTED)
