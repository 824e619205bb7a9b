"""Disables many keys: a list to confirm first, then each key of the list by its own command."""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, Part
from bot.domain.commands.grammar import read, render
from bot.domain.commands.keys import DisableKey, DisableKeys
from bot.domain.commands.text import escape
from bot.domain.jobs import Job
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person, TurnedAway
from bot.flows.bulk.choose_keys import KeyChooser
from bot.flows.bulk.machine import BulkMachine
from bot.flows.bulk.sort_keys import seen
from bot.flows.identity import People
from bot.flows.keys.run import KeyRunner


@dataclass(frozen=True)
class KeyParts:
    """Runs the parts of such a list: each is decided again, as if the person had typed it."""

    people: People
    keys: KeyRunner

    async def take(self, job: Job, part: Part) -> Outcome | None:
        """Run one part; a key that changed since the list was shown is left alone."""
        command = read(job.text)
        who = await self.people.identify_for_part(job.actor)
        if isinstance(who, TurnedAway) or not isinstance(command, DisableKey):
            return who if isinstance(who, TurnedAway) else None
        if not job.effect and await self._is_changed(command, part):
            return None
        job = job.by(who.person)
        refusal = self.keys.authorizer.refusal(who, command)
        if refusal:
            return await self.keys.run_own(job, who.person, command) or refusal
        return await self.keys.run(job, who.person, command)

    async def _is_changed(self, command: DisableKey, part: Part) -> bool:
        """Whether an enabled key is another one than the list showed; a disabled one is done."""
        account = self.keys.planner.account
        places = [it for it in await account.environments() if it.cloud_name == command.env]
        for place in places:
            for key in await account.keys(place.id):
                if key.api_key == command.name:
                    return key.enabled and seen(key) != part.seen
        return False


@dataclass(frozen=True)
class KeyDisabler:
    """Previews such a list, and runs it once the person has confirmed it."""

    machine: BulkMachine
    chooser: KeyChooser
    parts: KeyParts

    async def run(self, job: Job, person: Person, command: DisableKeys) -> Outcome:
        """Run one command; only the person who was shown a list can run it."""
        if command.resume is None:
            return await self._previewed(job, person, command)
        bulk = await self.machine.bulks.load(command.resume)
        if bulk is None or bulk.actor != job.actor or not _is_of_keys(bulk):
            return NoSuchBulk()
        if job.finished:
            return BulkReported(bulk)
        return await self.machine.run(job, bulk.id, self.parts)

    async def _previewed(self, job: Job, person: Person, command: DisableKeys) -> Outcome:
        stored = await self.machine.bulks.load(job.id)
        if stored:
            return BulkPreviewed(stored)
        chosen = await self.chooser.chosen(job, person, command)
        if isinstance(chosen, Outcome):
            return chosen
        bulk = replace(chosen, command=render(command))
        listed = " ".join(part.command.split()[2] for part in bulk.parts)
        target = {"bulk": bulk.id, "keys": listed}
        entry = self.machine.audit_log.entry(job, AuditEvent.ANSWERED, target, "previewed")
        if bulk.parts:
            await self.machine.bulks.add(bulk, entry)
        return BulkPreviewed(bulk)


def _is_of_keys(bulk: Bulk) -> bool:
    """Whether the list was made by this command: another one has another authority."""
    return isinstance(read(escape(bulk.command)), DisableKeys)
