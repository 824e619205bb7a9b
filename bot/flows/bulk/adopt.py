"""Gives many keys an owner: a list to confirm first, then each key by its own `key owner`."""

from dataclasses import dataclass

from bot.domain.adoptions import adoption_of
from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, Part
from bot.domain.commands.adoption import Adoption, AdoptKeys
from bot.domain.commands.grammar import read
from bot.domain.commands.key_records import NoteKey, OwnerOfKey
from bot.domain.jobs import Job
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person, TurnedAway, mentioned
from bot.flows.bulk.choose_orphans import OrphanChooser
from bot.flows.bulk.machine import BulkMachine
from bot.flows.identity import People
from bot.flows.keys.run import KeyRunner


@dataclass(frozen=True)
class AdoptParts:
    """Runs the parts of such a list: each is decided again, as if the person had typed it."""

    people: People
    keys: KeyRunner

    async def take(self, job: Job, part: Part) -> Outcome | None:
        """Run one part; a key that got another owner since the list was shown is left alone."""
        command = read(job.text)
        who = await self.people.identify_for_part(job.actor)
        if isinstance(who, TurnedAway) or not isinstance(command, OwnerOfKey | NoteKey):
            return who if isinstance(who, TurnedAway) else None
        if await self._is_changed(job, command, part):
            return None
        refusal = self.keys.authorizer.refusal(who, command)
        return refusal or await self.keys.run(job.by(who.person), who.person, command)

    async def _is_changed(self, job: Job, command: OwnerOfKey | NoteKey, part: Part) -> bool:
        """Whether another person chose an owner; one whom this list chose is done."""
        own = await self.keys.records.pending.owner_of(command.name)
        now = own.owner if own else None
        if isinstance(command, NoteKey):
            return str(now or "") not in part.seen.split(" ")
        return str(now or "") != part.seen and now != mentioned(job.actor, command.owner or "")


@dataclass(frozen=True)
class KeyAdopter:
    """Previews such a list, and runs it once the person has confirmed it."""

    machine: BulkMachine
    chooser: OrphanChooser
    parts: AdoptParts

    async def run(self, job: Job, person: Person, command: Adoption) -> Outcome:
        """Run one command; only the person who was shown a list can run it."""
        if isinstance(command, AdoptKeys):
            return await self._previewed(job, person, command)
        bulk = await self.machine.bulks.load(command.resume)
        if bulk is None or bulk.actor != job.actor or adoption_of(bulk) is None:
            return NoSuchBulk()
        if job.finished:
            return BulkReported(bulk)
        return await self.machine.run(job, bulk.id, self.parts)

    async def _previewed(self, job: Job, person: Person, command: AdoptKeys) -> Outcome:
        stored = await self.machine.bulks.load(job.id)
        if stored:
            return BulkPreviewed(stored)
        if job.finished:  # it was refused, or found nothing
            return Repeated()
        chosen = await self.chooser.chosen(job, person, command)
        if not isinstance(chosen, Bulk):
            return chosen
        listed = " ".join(part.command.split()[2] for part in chosen.parts)
        target = {"bulk": chosen.id, "keys": listed}
        entry = self.machine.audit_log.entry(job, AuditEvent.ANSWERED, target, "previewed")
        if chosen.parts:
            await self.machine.bulks.add(chosen, entry)
        return BulkPreviewed(chosen)
