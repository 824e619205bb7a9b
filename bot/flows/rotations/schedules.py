"""Sets schedules of rotation, puts the next rotation off, and ends schedules.

A schedule gives no right: each rotation begins by the right that its person has then, and is
approved then. So it needs no approval of its own, but a person who may rotate the key. The effect
is a record, so there is no intent: record and audit entry are one step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain import durations
from bot.domain.audit import AuditEvent
from bot.domain.commands.rotations import Cadence, RotateKey
from bot.domain.jobs import Job
from bot.domain.keys import Located, ProtectionReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.rotations import NotScheduled, NotScheduledReason, RotationScheduled
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action, NeedsApproval, Refused
from bot.domain.requests.notifications import Notification, Topic, to_person, to_security
from bot.domain.rotation_schedules import RotationNews, RotationSchedule, begun
from bot.flows.audit import AuditLog, about_key
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import NotFoundHere, Resolver, which_key
from bot.flows.rotation_ports import RotationPolicy, RotationSchedules


@dataclass(frozen=True)
class RotationScheduler:
    """Answers `key rotate` with `--every`."""

    resolver: Resolver
    own: OwnKeys
    schedules: RotationSchedules
    policy: RotationPolicy
    audit_log: AuditLog

    async def change(self, job: Job, person: Person, command: RotateKey) -> Outcome:
        """Change the schedule of a key for a person who may."""
        found = await self._key(person, command)
        if not isinstance(found, Located):
            return found
        refusal = await self._refusal(person, command, found)
        while refusal is None:
            before = await self.schedules.find(found.key.api_key)
            outcome, after = self._changed(job, person, command, found, before)
            if isinstance(outcome, NotScheduled) or after == before:
                return outcome
            said = durations.write(after.every) if after else Cadence.OFF
            detail = f"rotation schedule {Cadence.LATER if outcome.put_off else said}"
            entry = self.audit_log.entry(job, AuditEvent.DONE, about_key(found), detail)
            told = await self._told(person, found, before, after) if before else ()
            if await self.schedules.replace(found.key.api_key, before, after, entry, told):
                return outcome
        return refusal

    async def _told(
        self,
        person: Person,
        here: Located,
        before: RotationSchedule,
        after: RotationSchedule | None,
    ) -> Sequence[Notification]:
        """Tell the others whose schedule a person ends or makes longer.

        Security too, where a rotation needs an approval.
        """
        if after and after.every <= before.every:
            return ()
        own = await self.own.pending.owner_of(here.key.api_key)
        holders = own.holders if own and own.environment_id == here.environment.id else ()
        others = dict.fromkeys(it for it in (*holders, before.by) if it != person.actor)
        if not others:
            return ()
        news = RotationNews(
            *(here.key.api_key, here.key.label, here.environment.name, before.next_at),
            every=durations.write(before.every),
            ended_by=person.actor.user_id,
            now=durations.write(after.every) if after else "",
        )
        topic = Topic.ROTATION_DUE
        told = [
            to_person("", topic, it.user_id, text=replace(news, to=str(it)).write())
            for it in others
        ]
        security = to_security("", topic, text=news.write())
        return (*told, security) if self._asks(person, here) else told

    def _asks(self, person: Person, here: Located) -> bool:
        """Whether a rotation of the key needs an approval."""
        decision = self.resolver.authorizer.decide(person, Action.KEY_ROTATE, here.environment)
        return isinstance(decision, NeedsApproval) and decision.approval.quorum > 0

    async def _key(self, person: Person, command: RotateKey) -> Located | NotFoundHere:
        """The key that the person may see, else their own one where they put its rotation off."""
        found = await self.resolver.key(person, command)
        if isinstance(found, Located) or command.every is not Cadence.LATER:
            return found
        own = await self.own.named(person.actor, command, former=True)
        return which_key(own, command) if len(own) > 1 else own[0] if own else found

    async def _refusal(self, person: Person, command: RotateKey, here: Located) -> Outcome | None:
        """Whether the person may rotate the key; its owner may put the next rotation off."""
        place, decide = here.environment, self.resolver.authorizer.decide
        decision = decide(person, Action.KEY_ROTATE, place)
        if isinstance(decision, Refused):
            asks = decide(person, Action.KEY_REQUEST, place)
            later = command.every is Cadence.LATER and not isinstance(asks, Refused)
            if not (later and await self.own.owns(person.actor, here.key.api_key, place.id)):
                return Denied(Action.KEY_ROTATE, person, decision, place)
        if here.key.root:
            return KeyProtected(here, ProtectionReason.ROOT, None)
        return None

    def _changed(
        self,
        job: Job,
        person: Person,
        command: RotateKey,
        here: Located,
        before: RotationSchedule | None,
    ) -> tuple[RotationScheduled | NotScheduled, RotationSchedule | None]:
        """What becomes of the schedule; a job that runs again finds its own change."""
        now = self.audit_log.clock.now()
        rules = self.policy.rotation_rules(here.environment)
        if command.compromised or command.role or command.emergency:
            return NotScheduled(here, NotScheduledReason.OPTIONS), before
        if command.every is Cadence.OFF:
            if before is None:
                return NotScheduled(here, NotScheduledReason.NONE), None
            return RotationScheduled(here, None), None
        if command.every is Cadence.LATER:
            after = _put_off(job, here, before, now)
            if isinstance(after, NotScheduled):
                return after, before
        else:
            every = command.every or timedelta()
            if rules.every and every > rules.every:
                return NotScheduled(here, NotScheduledReason.POLICY, rules.every), before
            after = begun(here.key, here.environment.id, every, person.actor, now, job.id)
            after = replace(after, grace=command.grace)
            if before and before.job == job.id:
                after = before
        asks = self._asks(person, here)
        begins, later = rules.opening(max(after.next_at, now)), command.every is Cadence.LATER
        return RotationScheduled(here, after, begins, put_off=later, asks=asks), after


def _put_off(
    job: Job, here: Located, before: RotationSchedule | None, now: datetime
) -> RotationSchedule | NotScheduled:
    if before and job.id in before.put_off:
        return before
    after = before.later(job.id, now) if before else None
    if after:
        return after
    if before is None:
        return NotScheduled(here, NotScheduledReason.NONE)
    if before.stands:
        return NotScheduled(here, NotScheduledReason.STANDS)
    begun_already = NotScheduledReason.BEGUN if before.request else NotScheduledReason.PUT_OFF
    return NotScheduled(here, begun_already)
