"""Accepts commands: the job and its audit entry are stored before Slack gets its ack.

A command that needs no job (a text that cannot be read, a refusal) is answered at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import (
    Misunderstood,
    Reading,
    read,
    read_typed,
    screened,
    write,
)
from bot.domain.commands.leaks import ReportLeak
from bot.domain.jobs import Job, Reply
from bot.domain.lanes import lane_of
from bot.domain.outcomes.general import TooFast
from bot.domain.outcomes.union import Outcome
from bot.domain.pace import Paced
from bot.domain.people import Actor
from bot.flows.audit import AuditLog, action_name, event_of
from bot.flows.authorize import Authorizer
from bot.flows.identity import Identified, People
from bot.flows.leaks.report import LeakReporter, written
from bot.flows.ports import Jobs, Pace

_log = structlog.get_logger("keysmith.intake")


@dataclass(frozen=True)
class Delivery:
    """One delivery from Slack: who, what, where the answer goes, and the delivery's own id.

    `canonical` is true for a text that Keysmith wrote, from an offer or a submitted form; `checked`
    where it is an offer's, so that it passed the search for secrets, or its person says it is none.
    `passphrase` is what that of its link became, sealed.
    `once` names what is accepted once, however many deliveries it has; else that is the delivery.
    """

    actor: Actor
    text: str = field(repr=False)
    reply: Reply
    delivery: str
    page: int = 0
    canonical: bool = False
    checked: bool = False
    once: str = ""
    id: str = ""
    """The id that the delivery's job, log lines and audit entry have; empty for a new one."""
    trace: str = ""
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True)
class Accepted:
    """The job is stored; its answer follows."""


@dataclass(frozen=True)
class Repeated:
    """The same delivery came before, so nothing runs a second time."""


Receipt = Accepted | Repeated | Outcome


@dataclass(frozen=True)
class Intake:
    """Accepts deliveries."""

    people: People
    authorizer: Authorizer
    jobs: Jobs
    pace: Pace
    audit_log: AuditLog
    leaks: LeakReporter
    new_id: Callable[[], str]

    async def accept(self, delivery: Delivery) -> Receipt:
        """Accept one command. After a `StoreError` nothing is stored and nothing will run."""
        reading = await self._reading(delivery)
        job = Job(
            id=delivery.id or self.new_id(),
            actor=delivery.actor,
            text=write(reading),
            action=action_name(reading),
            reply=delivery.reply,
            accepted_at=self.audit_log.clock.now(),
            page=delivery.page,
            trace=delivery.trace,
            passphrase=delivery.passphrase,
        )
        who = await self.people.recent(delivery.actor)
        lane = lane_of(reading)
        paced = await self.pace.take(job.actor, lane, job.accepted_at)
        if paced.wait_ms and not paced.first:
            return TooFast(_seconds(paced))
        answer = TooFast(_seconds(paced)) if paced.wait_ms else self._immediate(who, reading)
        if answer is None:
            entry = self.audit_log.entry(job, AuditEvent.ASKED)
            stored = await self.jobs.accept(job, delivery.once or delivery.delivery, entry)
            _log.info("accepted" if stored else "repeated", action=job.action, lane=lane)
            return Accepted() if stored else Repeated()
        event, detail = event_of(answer)
        entry = self.audit_log.entry(self.people.name(job), event, {}, detail)
        noted = await self.jobs.note(delivery.delivery, entry)
        _log.info("answered" if noted else "repeated", action=job.action, outcome=answer.kind)
        return answer if noted else Repeated()

    async def _reading(self, delivery: Delivery) -> Reading:
        """Read a text; one with a leaked pair in it is read as a report of that."""
        reading = _reading(delivery)
        if delivery.checked or not isinstance(reading, Misunderstood):
            return reading
        seen = await self.leaks.seen(delivery.text)
        return read(written(seen)) if seen else reading

    def _immediate(self, who: Identified | None, reading: Reading) -> Outcome | None:
        """Answer an unreadable text, and refuse by an identity from the last minute."""
        if isinstance(reading, ReportLeak):
            return None
        if isinstance(reading, Misunderstood):
            return reading
        return self.authorizer.early(who, reading) if who else None


def _reading(delivery: Delivery) -> Reading:
    if not delivery.canonical:
        return read_typed(delivery.text, checked=delivery.checked)
    reading = read(delivery.text)
    return reading if delivery.checked else screened(reading, delivery.text)


def _seconds(paced: Paced) -> int:
    """Round a wait up to whole seconds."""
    return -(-paced.wait_ms // 1000)
