"""Takes commands in: on the record and in Redis before Slack hears "ok", carried out after."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import Misunderstood, Planned, Reading, read, read_typed, write
from bot.domain.jobs import Job, Reply
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.flows.audit import AuditLog, action_name, event_of
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.ports import Jobs


@dataclass(frozen=True)
class Delivery:
    """One delivery from Slack: who, what, where the answer goes, and what tells it from others."""

    actor: Actor
    text: str = field(repr=False)
    reply: Reply
    delivery: str
    page: int = 0
    canonical: bool = False
    """Whether Keysmith wrote the text: of an offer, or of a form that was filled in."""


@dataclass(frozen=True)
class Accepted:
    """It is kept; the answer follows."""


@dataclass(frozen=True)
class Repeated:
    """This very delivery came before, so nothing is done a second time."""


Receipt = Accepted | Repeated | Outcome


@dataclass(frozen=True)
class Intake:
    """Accepts, or answers on the spot where no more needs to be known."""

    people: People
    authorizer: Authorizer
    jobs: Jobs
    audit_log: AuditLog
    new_id: Callable[[], str]

    async def accept(self, asked: Delivery) -> Receipt:
        """Take one command in.

        Raises:
            StoreError: nothing could be kept, so nothing will be done.

        """
        reading = read(asked.text) if asked.canonical else read_typed(asked.text)
        job = self._job(asked, reading)
        answer = self._at_once(asked.actor, reading)
        if answer is None:
            entry = self.audit_log.entry(job, AuditEvent.ASKED)
            kept = await self.jobs.accept(job, asked.delivery, entry)
            return Accepted() if kept else Repeated()
        event, detail = event_of(answer)
        entry = self.audit_log.entry(job, event, {}, detail)
        return answer if await self.jobs.note(asked.delivery, entry) else Repeated()

    def _job(self, asked: Delivery, reading: Reading) -> Job:
        return Job(
            id=self.new_id(),
            actor=asked.actor,
            text=write(reading),
            action=action_name(reading),
            reply=asked.reply,
            accepted_at=self.audit_log.clock.now(),
            page=asked.page,
        )

    def _at_once(self, actor: Actor, reading: Reading) -> Outcome | None:
        """Answer what is wrong with the text, and refuse whom the last minute's reading refuses."""
        if isinstance(reading, Misunderstood | Planned):
            return reading
        who = self.people.remembered(actor)
        return self.authorizer.refusal(who, reading) if who else None
