"""Chooses the keys that a command about many disables, and says which it leaves out and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.bulk import MOST, Bulk, LeftOut, OutReason, Part
from bot.domain.commands.grammar import read
from bot.domain.commands.keys import DisableKey, DisableKeys
from bot.domain.commands.text import escape
from bot.domain.jobs import Job
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.flows.bulk.sort_keys import KeySorter
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import Clock


def _api_key(part: Part) -> str:
    command = read(escape(part.command))
    return command.name if isinstance(command, DisableKey) else ""


@dataclass(frozen=True)
class KeyChooser:
    """Looks only where the person may see keys."""

    resolver: Resolver
    own: OwnKeys
    clock: Clock

    async def chosen(
        self, job: Job, person: Person, command: DisableKeys
    ) -> Bulk | NoSuchEnvironment | Denied:
        """Freeze the list; its id is that of the job."""
        owned = await self._owned(job, command)
        places = await self.resolver.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(places, list):
            return places
        if owned is not None:
            places = [place for place in places if place.id in owned.values()]
        every, closed = await self.resolver.read_in(places)
        left, parts = [LeftOut("", it.name, OutReason.NO_RIGHTS) for it in closed], list[Part]()
        mine = owned is not None and command.owner == f"@{job.actor.user_id}"
        decide, now = self.resolver.authorizer.decide, self.clock.now()
        sorter = KeySorter(decide, person, command, now, mine=mine)
        by_place = defaultdict[str, list[Located]](list)
        for here in every:
            by_place[here.environment.id].append(here)
        for keys in by_place.values():
            meant = [here for here in keys if owned is None or here.key.api_key in owned]
            for it in sorter.sorted(meant, keys):
                left.append(it) if isinstance(it, LeftOut) else parts.append(it)
        shown, more = await self._with_owners(parts[:MOST]), max(0, len(parts) - MOST)
        return Bulk(job.id, job.actor, "", self.clock.now(), shown, tuple(left[:MOST]), more)

    async def _with_owners(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Add for whom each key was created, where that is stored."""
        found = [await self.own.pending.owner_of(_api_key(part)) for part in parts]
        return tuple(
            replace(part, owner=own.owner.user_id if own else "")
            for part, own in zip(parts, found, strict=True)
        )

    async def _owned(self, job: Job, command: DisableKeys) -> dict[str, str] | None:
        """Environments by API key, of the owner's keys; None for a command about any owner."""
        if command.owner is None:
            return None
        return await self.own.ids(replace(job.actor, user_id=command.owner.removeprefix("@")))
