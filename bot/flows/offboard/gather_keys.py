"""Gathers the keys that were created for a person, and their links that wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.bulk import LeftOut, OutReason, Part
from bot.domain.commands.grammar import render
from bot.domain.commands.key_records import OwnerOfKey
from bot.domain.commands.keys import DisableKey
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.offboarding import LINK
from bot.domain.people import Actor, Person
from bot.domain.policy import Action, NeedsApproval, Refused
from bot.domain.signing import Act, Planned, breakage
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.ports import PendingStore


@dataclass(frozen=True)
class KeyGatherer:
    """Looks only where the person who offboards may disable keys.

    A key that others approve first is left out: an offboarding is no way around their approval.
    """

    own: OwnKeys
    pending: PendingStore
    resolver: Resolver

    async def of(self, person: Person, slack: Actor, left: list[LeftOut]) -> tuple[list[Part], int]:
        """The keys, then the links, each as the parts before it leave its environment.

        `left` gets the keys that are left out; the number counts those out of sight.
        """
        waiting = {it.api_key for it in await self.pending.pending_of(slack)}
        ids = await self.own.ids(slack)
        every = await self.resolver.account.environments() if ids else []
        places = [it for it in every if it.id in ids.values()]
        located, closed = await self.resolver.read_in(places)
        own = [it for it in located if ids.get(_id(it)) == it.environment.id]
        found = [it for it in own if _id(it) in waiting or await self._may_work(it)]
        meant = [it for it in found if self.may(person, it.environment)]
        hidden = len(found) - len(meant)
        for place in closed:
            if self.may(person, place):
                left.append(LeftOut("", place.name, OutReason.NO_RIGHTS))
            else:  # not even that Keysmith has no rights there is told
                hidden += list(ids.values()).count(place.id)
        siblings = {
            place.id: [it.key for it in located if it.environment.id == place.id]
            for place in places
        }
        parts = list[Part]()
        for here in meant:
            keys, place = siblings[here.environment.id], here.environment
            reason = None if _id(here) in waiting else _reason(here.key, keys)
            if self._needs_approval(person, place):
                reason = OutReason.NEEDS_APPROVAL
            if reason:
                left.append(LeftOut(here.key.label, place.name, reason))
                continue
            siblings[place.id] = Planned(Act.DISABLE, here.key).after(keys)
            command = render(DisableKey(_id(here), place.cloud_name))
            link = LINK if _id(here) in waiting else ""
            parts.append(Part(command, here.key.label, place.name, link))
        parts.sort(key=lambda it: it.seen)  # links after keys
        return parts, hidden

    async def _may_work(self, here: Located) -> bool:
        """Whether the key works, or a roll back of its rotation would enable it again."""
        if here.key.enabled:
            return True
        running = await self.own.requests.rotation_of(_id(here))
        return running is not None and running.terms.key == _id(here)

    async def co_owned(self, person: Person, slack: Actor) -> list[Part]:
        """The keys of which they are a co-owner, in environments where keys may be disabled."""
        own = {it.api_key: it for it in await self.pending.keys_of(slack) if slack in it.also}
        every = await self.resolver.account.environments() if own else []
        seen = [it for it in every if any(it.id == each.environment_id for each in own.values())]
        located, _ = await self.resolver.read_in([it for it in seen if self.may(person, it)])
        parts = list[Part]()
        for here in located:
            if _id(here) in own:
                env, who = here.environment.cloud_name, f"@{slack.user_id}"
                command = render(OwnerOfKey(_id(here), who, env, remove=True))
                parts.append(Part(command, here.key.label, here.environment.name))
        return parts

    def _needs_approval(self, person: Person, place: Environment) -> bool:
        decision = self.resolver.authorizer.decide(person, Action.KEY_DISABLE, place)
        return isinstance(decision, NeedsApproval)

    def may(self, person: Person, place: Environment) -> bool:
        """Whether the rules let the person disable keys there, if others approve."""
        decision = self.resolver.authorizer.decide(person, Action.KEY_DISABLE, place)
        return not isinstance(decision, Refused)


def _id(here: Located) -> str:
    return here.key.api_key


def _reason(key: Key, siblings: Sequence[Key]) -> OutReason | None:
    if key.root:
        return OutReason.ROOT
    broken = breakage(siblings, Planned(Act.DISABLE, key))
    return OutReason(broken) if broken else None
