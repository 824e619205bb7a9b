"""Reads the keys of the account as one person may see them, and judges each for a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.environments import Environment
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.pending import held
from bot.domain.people import Actor, Person
from bot.domain.policy import Action
from bot.domain.reports import ReportedKey, reported
from bot.errors import SlackError
from bot.flows import reads
from bot.flows.keys.orphans import Departed
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.ports import Directory, PendingStore
from bot.flows.record_ports import KeyRecords
from bot.flows.rotations_due import RotationsDue


@dataclass(frozen=True)
class KeyReporter:
    """Reads the keys of the account as one person may see them, and judges each."""

    resolver: Resolver
    roles: RoleBook
    pending: PendingStore
    records: KeyRecords
    directory: Directory
    departed: Departed
    rotations: RotationsDue

    async def read(
        self, person: Person, now: datetime
    ) -> tuple[list[ReportedKey], list[Environment]] | Denied:
        """Every key that they may see, and the environments that Keysmith can't read."""
        places = await self.resolver.visible(person, Action.KEY_LIST)
        found = self.resolver.among(places, person, Action.KEY_LIST, None)
        if isinstance(found, Denied):
            return found
        return await self.read_in(places, now)

    async def read_in(
        self, places: Sequence[Environment], now: datetime
    ) -> tuple[list[ReportedKey], list[Environment]]:
        """Every key of these environments, and those of them that Keysmith can't read."""
        keys, closed = await self.resolver.read_in(places)
        marked = await self.roles.marked(await self.rotations.described(keys))
        return await self._judged(marked, now), closed

    async def _judged(self, keys: Sequence[Located], now: datetime) -> list[ReportedKey]:
        ids = [here.key.api_key for here in keys]
        records, owners = await self.records.find_many(ids), await self.pending.owners_of(ids)
        gone = await self.departed.among(it for own in owners.values() for it in own.holders)
        kept = held(owners, gone)
        judged = []
        for here in keys:
            api_key, place = here.key.api_key, here.environment.id
            own, record = owners.get(api_key), records.get(api_key)
            owner = own.owner if own and own.environment_id == place else None
            judged.append(reported(here, record, owner, now, left=api_key not in kept))
        return judged

    async def names(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """Names of people by their ids; those whom Slack does not tell about are left out."""
        found = await reads.each(self._name, [Actor(actor.team_id, each) for each in ids])
        return {id_: name for id_, name in zip(ids, found, strict=True) if name}

    async def _name(self, owner: Actor) -> str:
        try:
            return (await self.directory.profile(owner)).name
        except SlackError:
            return ""
