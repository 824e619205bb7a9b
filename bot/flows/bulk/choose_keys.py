"""Chooses the keys that a command about many disables, and says which it leaves out and why."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.bulk import MOST, Bulk, LeftOut, OutReason, Part
from bot.domain.commands.grammar import read, render
from bot.domain.commands.keys import DisableKey, DisableKeys
from bot.domain.commands.text import escape
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, Refused
from bot.domain.signing import Act, Planned, breakage
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import Clock

_SKIPPED: Final = "skipped"
"""Not meant: it is disabled already, or changed lately."""


def seen(key: Key) -> str:
    """Write what a list shows of a key, so that one that changed since is recognised."""
    return f"{key.name} {key.updated_at.isoformat() if key.updated_at else ''}"


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
        by_place = defaultdict[str, list[Located]](list)
        for here in every:
            by_place[here.environment.id].append(here)
        for keys in by_place.values():
            meant = [here for here in keys if owned is None or here.key.api_key in owned]
            for it in self._of_environment(person, command, meant, keys, mine=mine):
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

    def _of_environment(
        self,
        person: Person,
        command: DisableKeys,
        meant: Sequence[Located],
        keys: Sequence[Located],
        *,
        mine: bool,
    ) -> Iterator[Part | LeftOut]:
        """Go through the keys of one environment, each as the parts before it leave the others."""
        siblings = [here.key for here in keys]
        for here in meant:
            reason = self._reason(person, command, here, siblings, mine=mine)
            if reason == _SKIPPED:
                continue
            if isinstance(reason, OutReason):
                yield LeftOut(here.key.label, here.environment.name, reason)
                continue
            siblings = Planned(Act.DISABLE, here.key).after(siblings)
            one = DisableKey(here.key.api_key, here.environment.cloud_name)
            yield Part(render(one), here.key.label, here.environment.name, seen(here.key))

    def _reason(
        self,
        person: Person,
        command: DisableKeys,
        here: Located,
        siblings: Sequence[Key],
        *,
        mine: bool,
    ) -> OutReason | str | None:
        """Say why a key is left out; None for a part of the list."""
        changed = here.key.updated_at or here.key.created_at
        if not here.key.enabled or (changed and self._is_fresh(command, changed)):
            return _SKIPPED
        if here.key.root:
            return OutReason.ROOT
        if command.stale is not None and changed is None:
            return OutReason.UNKNOWN_AGE
        decide = self.resolver.authorizer.decide
        decision = decide(person, Action.KEY_DISABLE, here.environment)
        if not mine and not isinstance(decision, Allowed):
            refused = isinstance(decision, Refused)
            return OutReason.NOT_ALLOWED if refused else OutReason.NEEDS_APPROVAL
        broken = breakage(siblings, Planned(Act.DISABLE, here.key))
        return OutReason(broken) if broken else None

    def _is_fresh(self, command: DisableKeys, changed: datetime) -> bool:
        days = timedelta(days=command.stale or 0)
        return self.clock.now() - changed < days
