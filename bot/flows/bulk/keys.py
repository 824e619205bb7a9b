"""Changes many keys: a list to confirm first, then each key of the list by its own command."""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, Part
from bot.domain.commands.grammar import read, render
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.many_keys import ManyKeys, OneOfMany
from bot.domain.commands.text import escape
from bot.domain.jobs import Job
from bot.domain.keys import Key
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person, TurnedAway
from bot.flows.bulk.busy import BusyKeys
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
    busy_keys: BusyKeys

    async def take(self, job: Job, part: Part) -> Outcome | None:
        """Run one part; a key that changed since the list was shown is left alone."""
        command = read(job.text)
        who = await self.people.identify_for_part(job.actor)
        if isinstance(who, TurnedAway) or not isinstance(command, OneOfMany):
            return who if isinstance(who, TurnedAway) else None
        if opened := await self.busy_keys.opened(job, part):
            return Requested(opened)
        if not job.effect and await self._is_changed(command, part):
            return None
        job = job.by(who.person)
        refusal = self.keys.authorizer.refusal(who, command)
        if refusal and isinstance(command, DisableKey):
            return await self.keys.run_own(job, who.person, command) or refusal
        return refusal or await self.keys.run(job, who.person, command)

    async def _is_changed(self, command: OneOfMany, part: Part) -> bool:
        """Whether a key is another one than the list showed, or something else happens to it."""
        key = await self._key(command)
        if key is None:
            return False
        if isinstance(command, DisableKey):  # a disabled one is done
            return key.enabled and seen(key) != part.seen
        return seen(key) != part.seen or await self.busy_keys.busy(key) is not None

    async def _key(self, command: OneOfMany) -> Key | None:
        account = self.keys.planner.account
        places = [it for it in await account.environments() if it.cloud_name == command.env]
        keys = [key for place in places for key in await account.keys(place.id)]
        return next((key for key in keys if key.api_key == command.name), None)


@dataclass(frozen=True)
class KeysChanger:
    """Previews such a list, and runs it once the person has confirmed it."""

    machine: BulkMachine
    chooser: KeyChooser
    parts: KeyParts

    async def run(self, job: Job, person: Person, command: ManyKeys) -> Outcome:
        """Run one command; only the person who was shown a list can run it."""
        if command.resume is None:
            return await self._previewed(job, person, command)
        bulk = await self.machine.bulks.load(command.resume)
        if bulk is None or bulk.actor != job.actor or not _is_of(bulk, command):
            return NoSuchBulk()
        if job.finished:
            return BulkReported(bulk)
        return await self.machine.run(job, bulk.id, self.parts)

    async def _previewed(self, job: Job, person: Person, command: ManyKeys) -> Outcome:
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


def _is_of(bulk: Bulk, command: ManyKeys) -> bool:
    """Whether the list was made by this command: another one has another authority."""
    return isinstance(read(escape(bulk.command)), type(command))
