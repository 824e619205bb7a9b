"""Chooses the keys of an adoption: those that are named and have no owner who is here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.bulk import MOST, Bulk, LeftOut, OutReason, Part
from bot.domain.commands.adoption import AdoptKeys, listed
from bot.domain.commands.grammar import render
from bot.domain.commands.key_records import NoteKey, OwnerOfKey
from bot.domain.commands.suggest import nearest
from bot.domain.jobs import Job
from bot.domain.keys import BY_API_KEY, Located, find
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.keys import NoSuchKey, WhichKey
from bot.domain.outcomes.requests import NotAskable
from bot.domain.pending import PendingState
from bot.domain.people import Actor, Person, mentioned
from bot.domain.policy import Action, Approval, Refused
from bot.domain.requests.limits import NotAskableReason
from bot.flows.keys.filters import KeyFilter
from bot.flows.keys.owning import Owning
from bot.flows.keys.resolve import Resolver

NotChosen = NoSuchEnvironment | Denied | NoSuchKey | WhichKey | NotAskable


@dataclass(frozen=True)
class OrphanChooser:
    """Looks only where the person may see keys."""

    resolver: Resolver
    owning: Owning
    filters: KeyFilter

    async def chosen(self, job: Job, person: Person, command: AdoptKeys) -> Bulk | NotChosen:
        """Freeze the list; its id is that of the job."""
        places = await self.resolver.environments(person, Action.KEY_LIST, command.env)
        if not isinstance(places, list):
            return places
        every, closed = await self.resolver.read_in(places)
        meant = list[Located]()
        for text in listed(command.keys):
            found = find(text, every)
            if not found:
                near = nearest(text, [here.key.name for here in every if here.key.name])
                return NoSuchKey(text, near, tuple(places))
            if len(found) > 1:
                return WhichKey(text, tuple((it, _with(command, text, it)) for it in found))
            meant += found
        owner = mentioned(job.actor, command.owner) if command.owner else job.actor
        if await self.owning.member(person, owner) is None:
            return NotAskable(NotAskableReason.TEAMMATE, Approval(0, ()))
        meant = list({here.key.api_key: here for here in meant}.values())
        kept, left = await self._sorted(person, meant)
        whom = replace(command, owner=f"@{owner.user_id}")
        parts = await self._parts(kept[: MOST // 2], whom, owner)
        left += [LeftOut("", it.name, OutReason.NO_RIGHTS) for it in closed]
        more, at = max(0, len(kept) - MOST // 2), self.filters.clock.now()
        return Bulk(job.id, job.actor, render(whom), at, parts, tuple(left), more)

    async def _sorted(
        self, person: Person, meant: Sequence[Located]
    ) -> tuple[list[Located], list[LeftOut]]:
        """Keep those that the person may give an owner, and say why the others are left out."""
        orphans = {here.key.api_key for here in await self.filters.orphans(meant)}
        kept, left = list[Located](), list[LeftOut]()
        for here in meant:
            reason = await self._reason(person, here, orphan=here.key.api_key in orphans)
            if reason:
                left.append(LeftOut(here.key.label, here.environment.name, reason))
            else:
                kept.append(here)
        return kept, left

    async def _reason(self, person: Person, here: Located, *, orphan: bool) -> OutReason | None:
        if here.key.root:
            return OutReason.ROOT
        decide = self.resolver.authorizer.decide
        if isinstance(decide(person, Action.KEY_OWNER, here.environment), Refused):
            return OutReason.NOT_ALLOWED
        if not orphan:
            return OutReason.OWNED
        pending = await self.filters.pending.pending_for_key(here.key.api_key)
        waits = pending is not None and pending.state is PendingState.WAITING
        return OutReason.UNCLAIMED if waits else None

    async def _parts(
        self, kept: Sequence[Located], command: AdoptKeys, chosen: Actor
    ) -> tuple[Part, ...]:
        """Each key by its API key; `seen` is its owner now, and for a note also the chosen one."""
        owned = await self.filters.pending.owners_of([here.key.api_key for here in kept])
        owner, reason, parts = command.owner, command.reason, list[Part]()
        for here in kept:
            api_key, env = here.key.api_key, here.environment.cloud_name
            own = owned.get(api_key)
            named, seen = (here.key.label, here.environment.name), str(own.owner) if own else ""
            parts.append(Part(render(OwnerOfKey(api_key, owner, env, reason)), *named, seen))
            if command.note:
                seen = f"{seen} {chosen}"
                parts.append(
                    Part(render(NoteKey(api_key, command.note, env, reason)), *named, seen)
                )
        return tuple(parts)


def _with(command: AdoptKeys, text: str, here: Located) -> AdoptKeys:
    """Name one key by its API key in place of a text."""
    keys = (f"{BY_API_KEY}{here.key.api_key}" if it == text else it for it in listed(command.keys))
    return replace(command, keys=",".join(keys))
