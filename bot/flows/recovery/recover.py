"""Brings Redis in line with what a survey found, and begins the next epoch.

Each step is safe to repeat, and the last one alone ends the halt: a recovery that was killed is run
again from its start. What it finds then is what is still to do.
"""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent, Entry
from bot.domain.brownouts import Ending as BrownoutEnd
from bot.domain.policy import Action
from bot.domain.recovery import LOST, Became, Ending, Survey
from bot.domain.requests.brownouts import over, told_of_end
from bot.domain.requests.deadlines import noticed
from bot.domain.requests.machine import Cause, Event, Request, State, move
from bot.domain.requests.notifications import Topic
from bot.domain.verification import RECOVERY
from bot.flows.audit import link_entry
from bot.flows.ports import Clock
from bot.flows.recovery.ports import Kept
from bot.flows.request_ports import Notifications
from bot.flows.request_writer import RequestWriter, to_requester
from bot.flows.requests.execute import SOAK


@dataclass(frozen=True)
class Recoverer:
    """Applies a survey; `by` is the operator's login."""

    kept: Kept
    writer: RequestWriter
    clock: Clock
    by: str

    async def apply(self, survey: Survey, notice: str) -> None:
        """End, close, and begin the next epoch, which ends the halt. May raise `StoreError`."""
        await self.kept.stop("an operator recovers its history")
        for pending, became in survey.credentials:
            event = AuditEvent.REVEALED if became is Became.OPENED else AuditEvent.RELEASED
            entry = link_entry(self.clock.now(), event, pending, self._detail)
            await self.kept.end(pending, entry, opened=became is Became.OPENED)
        for job in survey.jobs:
            entry = Entry(
                *(self.clock.now(), AuditEvent.FAILED, job.action, job.actor, job.id),
                detail=self._detail,
            )
            await self.kept.close(job, entry)
        for request, ending in survey.requests:
            await self._close(request, ending)
        await self.kept.look_before_posting()
        entry = Entry(self.clock.now(), AuditEvent.RECOVERED, RECOVERY, detail=f"by {self.by}")
        await self.kept.begin_epoch(entry, survey.seen, notice)

    @property
    def _detail(self) -> str:
        return f"{LOST}: recovered by {self.by}"

    async def _close(self, request: Request, ending: Ending) -> None:
        match request.state:
            case State.PENDING:
                await self._write(request, [(Event.CANCEL, Cause.ENGINE)], Topic.FAILED)
            case State.APPROVED:
                await self._settle(request, [(Event.BEGIN, Cause.ENGINE)], ending)
            case State.EXECUTING:
                await self._settle(request, [], ending)
            case _:
                return

    async def _settle(
        self, request: Request, begun: list[tuple[Event, Cause]], ending: Ending
    ) -> None:
        if ending is Ending.UNKNOWN:
            await self._write(request, [*begun, (Event.FAIL, Cause.ENGINE)], Topic.FAILED)
        elif request.made:  # its owner has the key, and access that has an end must end
            claimed = [(Event.HAND_OVER, Cause.ENGINE), (Event.CLAIM, Cause.OWNER)]
            await self._write(request, [*begun, *claimed], Topic.CLAIMED)
        elif request.terms.action is Action.KEY_DELETE:
            deleting = replace(request, delete_at=self.clock.now() + SOAK)
            await self._write(deleting, [*begun, (Event.FINISH, Cause.ENGINE)], Topic.SOAKING)
        elif request.brownout:  # what became of the key since is not known: people decide
            ended = over(request, BrownoutEnd.UNKNOWN, self.clock.now())
            events = [*begun, (Event.FINISH, Cause.ENGINE)]
            await self._write(replace(ended, version=request.version), events, Topic.BROWNOUT_OVER)
        else:
            await self._write(request, [*begun, (Event.FINISH, Cause.ENGINE)], Topic.DONE)

    async def _write(
        self, before: Request, events: list[tuple[Event, Cause]], topic: Topic
    ) -> None:
        now, after = self.clock.now(), before
        for event, cause in events:
            after = move(after, event, cause, now).request
        outcome = LOST if topic is Topic.FAILED else ""
        after = noticed(replace(after, outcome=outcome, version=before.version + 1), now)
        if after.state is not before.state:
            notifications: Notifications = to_requester(after, topic)
            if topic is Topic.BROWNOUT_OVER:
                notifications = told_of_end(after, BrownoutEnd.UNKNOWN)
            await self.writer.write(before, after, self._detail, notifications)
