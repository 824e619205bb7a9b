"""Chooses the keys that a command about many changes, and says which it leaves out and why."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.bulk import MOST, Bulk, LeftOut, OutReason, Part
from bot.domain.commands.keys import ListKeys
from bot.domain.commands.many_keys import ManyKeys
from bot.domain.commands.registry import base_action_of
from bot.domain.jobs import Job
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.people import Person
from bot.domain.policy import Action
from bot.domain.requests.machine import Request, State
from bot.flows import reads
from bot.flows.bulk.busy import BusyKeys
from bot.flows.bulk.sort_keys import Candidate, KeySorter
from bot.flows.keys.filters import KeyFilter
from bot.flows.keys.own import LOOKED_AT, OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import Clock

OPEN: Final = frozenset({State.PENDING, State.APPROVED, State.EXECUTING})
"""States of a request that is not carried out yet."""


@dataclass(frozen=True)
class KeyChooser:
    """Looks only where the person may see keys."""

    resolver: Resolver
    own: OwnKeys
    clock: Clock
    filters: KeyFilter
    busy_keys: BusyKeys

    async def chosen(
        self, job: Job, person: Person, command: ManyKeys
    ) -> Bulk | NoSuchEnvironment | Denied:
        """Freeze the list; its id is that of the job."""
        owned = await self._owned(job, command)
        places = await self.resolver.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(places, list):
            return places
        if owned is not None:
            places = [place for place in places if place.id in owned.values()]
        every, closed = await self.resolver.read_in(places)
        left = [LeftOut("", it.name, OutReason.NO_RIGHTS) for it in closed]
        found = await self._meant(command, every, owned)
        mine = owned is not None and command.owner == f"@{job.actor.user_id}"
        decide, now = self.resolver.authorizer.decide, self.clock.now()
        sorter = KeySorter(decide, person, command, now, mine=mine)
        by_place = defaultdict[str, list[Located]](list)
        for here in every:
            by_place[here.environment.id].append(here)
        candidates = list[Candidate]()
        for keys in by_place.values():
            meant = [here for here in keys if here.key.api_key in found]
            for it in sorter.sorted(meant, keys):
                left.append(it) if isinstance(it, LeftOut) else candidates.append(it)
        asked = await self._asked(job, command)
        free, taken = await self._free(command, candidates, {it.terms.key for it in asked})
        parts = _within(free, sum(it.state is State.PENDING for it in asked))
        shown = await self._with_owners([each.part for each in parts])
        more, at = len(free) - len(parts), self.clock.now()
        return Bulk(job.id, job.actor, "", at, shown, (*left, *taken)[:MOST], more)

    async def _meant(
        self, command: ManyKeys, every: Sequence[Located], owned: dict[str, str] | None
    ) -> set[str]:
        """The API keys that the options choose, but for their age."""
        chosen = [here for here in every if owned is None or here.key.api_key in owned]
        listed = ListKeys(expiring=command.expiring, orphaned=command.orphaned)
        return {here.key.api_key for here in await self.filters.chosen(chosen, listed)}

    async def _free(
        self, command: ManyKeys, candidates: Sequence[Candidate], asked: Collection[str]
    ) -> tuple[list[Candidate], list[LeftOut]]:
        """Leave out the keys to which something else happens."""

        async def look(each: Candidate) -> OutReason | None:
            if each.here.key.api_key in asked:
                return OutReason.ASKED
            return await self.busy_keys.of(command, each.here.key)

        reasons = await reads.each(look, candidates)
        pairs = list(zip(candidates, reasons, strict=True))
        busy = [LeftOut(it.part.name, it.part.where, found) for it, found in pairs if found]
        return [it for it, found in pairs if not found], busy

    async def _asked(self, job: Job, command: ManyKeys) -> list[Request]:
        """The person's requests to do the same, which are not carried out yet."""
        found = await self.own.requests.opened_by(job.actor, LOOKED_AT)
        action = base_action_of(command)
        return [it for it in found if it.terms.action is action and it.state in OPEN]

    async def _with_owners(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Add for whom each key was created, where that is stored."""
        found = [await self.own.pending.owner_of(part.command.split()[2]) for part in parts]
        return tuple(
            replace(part, owner=own.owner.user_id if own else "")
            for part, own in zip(parts, found, strict=True)
        )

    async def _owned(self, job: Job, command: ManyKeys) -> dict[str, str] | None:
        """Environments by API key, of the owner's keys; None for a command about any owner."""
        if command.owner is None:
            return None
        return await self.own.ids(replace(job.actor, user_id=command.owner.removeprefix("@")))


def _within(candidates: Sequence[Candidate], waiting: int) -> list[Candidate]:
    """Keep as many as one act takes, and as many requests as may wait for approvers at once."""
    kept = list[Candidate]()
    for each in candidates:
        if len(kept) < MOST and (each.most is None or waiting < each.most):
            kept.append(each)
            waiting += each.most is not None
    return kept
