"""Changes what Keysmith itself keeps of a key: its owner, its note, its tags.

The effect is a record in Redis, so there is no intent: record, owner, audit entry and messages are
one step. A job that runs again recognizes its own change by its id in the key's history.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.audit import AuditEvent
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.key_records import NoteKey, OwnerOfKey, RecordChange, TagKey
from bot.domain.jobs import Job
from bot.domain.key_records import Happened, KeyEvent, KeyRecord, Line, recorded
from bot.domain.keys import Located
from bot.domain.outcomes.key_records import (
    KeyNoted,
    KeyTagged,
    OwnerAssigned,
    OwnerOvertaken,
    RecordUnchanged,
)
from bot.domain.outcomes.keys import NoSuchKey
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import OwnKey
from bot.domain.people import Actor, Person
from bot.domain.requests.notifications import Topic, to_person
from bot.flows.audit import AuditLog, about_key
from bot.flows.keys.co_owners import CoOwners, by_job, overtaken
from bot.flows.keys.record_plan import RecordPlanner, tag_obstacle
from bot.flows.plan import Authority, Plan
from bot.flows.ports import AccountReader, Locks

ASSIGNED = "{who} made another person the owner of the key {key} in {environment}."


@dataclass(frozen=True)
class KeyRecorder:
    """Applies plans that change the record of a key."""

    account: AccountReader
    planner: RecordPlanner
    locks: Locks
    audit_log: AuditLog

    async def change(
        self, job: Job, person: Person, plan: Plan, command: RecordChange, authority: Authority
    ) -> Outcome:
        """Apply a plan; a record that changes meanwhile is read again."""
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            keys = await self.account.keys(plan.environment.id)
            key = next((each for each in keys if each.api_key == command.name), None)
            if key is None:
                return NoSuchKey(plan.name, None, (plan.environment,))
            here = Located(key, plan.environment)
            while True:
                outcome = await self._change(job, person, here, plan, command, authority)
                if outcome:
                    return outcome

    async def done(self, job: Job, command: RecordChange) -> bool:
        """Whether this job made the change before."""
        record = await self.planner.records.find(command.name)
        return record is not None and by_job(job, record) is not None

    async def _change(
        self,
        job: Job,
        person: Person,
        here: Located,
        plan: Plan,
        command: RecordChange,
        authority: Authority,
    ) -> Outcome | None:
        """Write the change; None where the record has changed since it was read."""
        before = await self.planner.records.find(here.key.api_key)
        record = before or await self.planner.record(here)
        match command:
            case NoteKey(note=note):
                if by_job(job, record):
                    return KeyNoted(here, note)
                if record.purpose == note:
                    return RecordUnchanged(here, note=note)
                return await self._note(job, here, before, record, note, authority)
            case TagKey():
                return await self._tag(job, here, before, record, command, authority)
            case OwnerOfKey() if command.of_co_owner:
                co_owners = CoOwners(self.planner, self.audit_log)
                return await co_owners.change(job, person, here, before, record, command, authority)
            case OwnerOfKey() if plan.owner:
                return await self._assign(job, person, here, before, record, plan.owner, authority)
            case OwnerOfKey():
                return RecordUnchanged(here)
            case _:
                assert_never(command)

    async def _note(
        self,
        job: Job,
        here: Located,
        before: KeyRecord | None,
        record: KeyRecord,
        note: str,
        authority: Authority,
    ) -> KeyNoted | None:
        target = about_key(here) | {"note": note}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, authority.policy)
        line = Line(entry.at, Happened.NOTE, job.actor, note, job.id)
        after = recorded(replace(record, purpose=note), KeyEvent(record.api_key, line))
        written = await self.planner.records.replace(before, after, entry)
        return KeyNoted(here, note) if written else None

    async def _tag(
        self,
        job: Job,
        here: Located,
        before: KeyRecord | None,
        record: KeyRecord,
        command: TagKey,
        authority: Authority,
    ) -> Outcome | None:
        tag, adds = command.tag, command.change == ADD
        if by_job(job, record):
            return KeyTagged(here, tag, adds)
        if stop := tag_obstacle(here, record, command):
            return stop
        target = about_key(here) | {"tag": tag, "change": command.change}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, authority.policy)
        what = Happened.TAGGED if adds else Happened.UNTAGGED
        tags = {*record.tags, tag} if adds else {*record.tags} - {tag}
        line = Line(entry.at, what, job.actor, tag, job.id)
        tagged = replace(record, tags=tuple(sorted(tags)))
        after = recorded(tagged, KeyEvent(record.api_key, line))
        written = await self.planner.records.replace(before, after, entry)
        return KeyTagged(here, tag, adds) if written else None

    async def _assign(
        self,
        job: Job,
        person: Person,
        here: Located,
        before: KeyRecord | None,
        record: KeyRecord,
        owner: Actor,
        authority: Authority,
    ) -> Outcome | None:
        api_key, place = here.key.api_key, here.environment
        own = await self.planner.pending.owner_of(api_key)
        former = own.owner if own else None
        if line := by_job(job, record):
            return OwnerAssigned(here, owner, told_security=authority.notify, before=_actor(line))
        if overtaken(job, record):
            return OwnerOvertaken(here, former)
        if stop := await self.planner.obstacle(here, owner):
            return stop
        target = about_key(here) | {"owner": str(owner), "before": str(former or "")}
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, authority.policy)
        line = Line(entry.at, Happened.OWNER, job.actor, str(former or ""), job.id)
        after = recorded(record, KeyEvent(api_key, line))
        people = {owner.user_id, former.user_id if former else ""} - {"", job.actor.user_id}
        people -= {owner.user_id} if job.part_of else set()  # told once for all keys of the list
        by = job.actor.user_id
        told = [to_person("", Topic.OWNER, to, by=by, text=api_key) for to in sorted(people)]
        notice = ASSIGNED.format(who=person.name, key=here.key.label, environment=place.name)
        notice = notice if authority.notify else ""
        also = tuple(each for each in own.also if each != owner) if own else ()
        new = OwnKey(owner, place.id, api_key, also)
        written = await self.planner.records.replace(before, after, entry, told, notice, new)
        assigned = OwnerAssigned(here, owner, former, told_security=bool(notice))
        return assigned if written else None


def _actor(line: Line) -> Actor | None:
    return Actor.parse(line.detail) if line.detail else None
