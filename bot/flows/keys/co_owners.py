"""Adds co-owners of keys and removes them: people who are told what the owner is told.

A co-owner has no right of the owner. Who they are stands in the record of the owner, which changes
with the key's record in one step.
"""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.commands.key_records import OwnerOfKey
from bot.domain.jobs import Job
from bot.domain.key_records import Happened, KeyEvent, KeyRecord, Line, recorded
from bot.domain.keys import Located
from bot.domain.outcomes.key_records import CoOwnerChanged, OwnerOvertaken
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person, mentioned
from bot.domain.requests.notifications import GONE, JOINED, Topic, to_person
from bot.flows.audit import AuditLog, about_key
from bot.flows.keys.record_plan import RecordPlanner
from bot.flows.plan import Authority

ADDED = "{who} added a co-owner of the key {key} in {environment}."
REMOVED = "{who} removed a co-owner of the key {key} in {environment}."


@dataclass(frozen=True)
class CoOwners:
    """Makes one change."""

    planner: RecordPlanner
    audit_log: AuditLog

    async def change(
        self,
        job: Job,
        by: Person,
        here: Located,
        before: KeyRecord | None,
        record: KeyRecord,
        command: OwnerOfKey,
        authority: Authority,
    ) -> Outcome | None:
        """Write it; None where the record has changed since it was read."""
        person, added = mentioned(job.actor, command.owner or ""), command.also
        own = await self.planner.pending.owner_of(here.key.api_key)
        if by_job(job, record):
            return CoOwnerChanged(here, person, added, told_security=authority.notify)
        if added and overtaken(job, record):
            return OwnerOvertaken(here, own.owner if own else None)
        stop = await self.planner.co_obstacle(here, person, command)
        if stop or own is None:
            return stop
        what = Happened.CO_OWNER if added else Happened.NO_CO_OWNER
        target = about_key(here) | {str(what): str(person)}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, authority.policy)
        line = Line(entry.at, what, job.actor, str(person), job.id)
        after = recorded(record, KeyEvent(record.api_key, line))
        also = tuple(each for each in own.also if each != person) + ((person,) if added else ())
        text = f"{record.api_key} {JOINED if added else GONE}"
        told = [to_person("", Topic.OWNER, person.user_id, by=job.actor.user_id, text=text)]
        told = [] if person == job.actor else told
        notice = ADDED if added else REMOVED
        notice = notice.format(who=by.name, key=here.key.label, environment=here.environment.name)
        notice = notice if authority.notify else ""
        new = replace(own, also=also)
        written = await self.planner.records.replace(before, after, entry, told, notice, new)
        changed = CoOwnerChanged(here, person, added, told_security=bool(notice))
        return changed if written else None


def by_job(job: Job, record: KeyRecord) -> Line | None:
    """The change that this job made before a crash."""
    return next((line for line in record.history if line.job == job.id), None)


def overtaken(job: Job, record: KeyRecord) -> bool:
    """Whether another person chose an owner after this was asked for."""
    newest = next((it for it in record.history if it.what == Happened.OWNER), None)
    return newest is not None and newest.at > job.accepted_at
