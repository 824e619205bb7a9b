"""What a form's menu offers a person: only what they may see, found by the same rules as lists.

A choice decides nothing: its value is a text that is parsed and authorised like a typed one.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.choices import Choice, Found, matching
from bot.domain.commands.environments import (
    DisableEnvironment,
    EnableEnvironment,
)
from bot.domain.commands.fields import Ask, Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.keys import (
    DeleteKey,
    DisableKey,
    EnableKey,
    PinKey,
    RenameKey,
    RestoreKey,
)
from bot.domain.commands.registry import Spec
from bot.domain.commands.requests import RequestKey
from bot.domain.environments import Environment
from bot.domain.keys import BY_API_KEY, Located
from bot.domain.languages import Language
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action, Refused
from bot.domain.requests.machine import Request
from bot.errors import CloudinaryError
from bot.flows.authorize import Authorizer
from bot.flows.brief import BriefAccount
from bot.flows.group_ports import GroupReader
from bot.flows.identity import People
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.requests.choose import RequestChooser

_READ_WITHIN: Final = 1.5
"""Seconds for the keys of all environments; a menu offers those that are read by then."""
_WANTS: Final = {DisableKey: True, EnableKey: False, RestoreKey: False, PinKey: True}
"""Commands that only an enabled or a disabled key is for."""
_PLACES: Final = {DisableEnvironment: True, EnableEnvironment: False}
"""Commands that only an enabled or a disabled environment is for."""
_NOT_ROOT: Final = frozenset({DisableKey, DeleteKey, RenameKey})


@dataclass(frozen=True)
class Chooser:
    """Finds what a person may choose."""

    people: People
    brief: BriefAccount
    authorizer: Authorizer
    resolver: Resolver
    own: OwnKeys
    requests: RequestChooser
    roles: RoleBook
    groups: GroupReader

    async def choices(
        self,
        actor: Actor,
        form: Incomplete,
        field: Field,
        typed: str,
        language: Language,
    ) -> Found:
        """Search what the person may choose for one field of a form."""
        who = await self.people.identify(actor, fresh=False)
        if isinstance(who, TurnedAway):
            return Found()
        return matching(await self._every(who.person, form, field.kind.ask), typed, language)

    async def _every(self, person: Person, form: Incomplete, ask: Ask) -> Sequence[Choice]:
        match ask:
            case Ask.ENVIRONMENT | Ask.ENVIRONMENTS:
                return [_place(each) for each in await self._places(person, form.spec)]
            case Ask.KEY:
                return await self._named_keys(person, form)
            case Ask.REQUEST:
                return list(map(_request, await self.requests.able(person, form.spec)))
            case Ask.GROUP:
                refused = self.authorizer.decide(person, Action.GROUP_SHOW, None)
                seen = [] if isinstance(refused, Refused) else await self.groups.user_groups()
                return [Choice(Text(it.name), it.id) for it in seen]
            case Ask.ROLE:
                known = await self.roles.known() if self.roles.permissions else ()
                return [Choice(Text(it.name), it.ref, it.allows) for it in known]
            case _:
                return ()

    async def _places(self, person: Person, spec: Spec) -> list[Environment]:
        """Environments in which the person may run the command, or request it."""
        if spec.build is RequestKey:
            return await self.resolver.where_askable(person, spec.action)
        reads = spec.action.startswith("env:")
        seen = await self.resolver.visible(person, Action.ENV_SHOW if reads else Action.KEY_LIST)
        decide, wants = self.authorizer.decide, _PLACES.get(spec.build)
        return [
            it
            for it in seen
            if (wants is None or it.enabled is wants)
            and not isinstance(decide(person, spec.action, it), Refused)
        ]

    async def _named_keys(self, person: Person, form: Incomplete) -> list[Choice]:
        spec, env = form.spec, dict(form.given).get("env")
        seen = await self.resolver.visible(person, Action.KEY_SHOW)
        decide = self.authorizer.decide
        seen = [
            it
            for it in seen
            if (env is None or it.answers_to(env))
            and not isinstance(decide(person, spec.action, it), Refused)
        ]
        reads = [self._in(it) for it in seen]
        if spec.build is DisableKey:
            reads.append(_in_time(self.own.of(person.actor)))
        found = await asyncio.gather(*reads)
        return _keys(spec, [here for each in found for here in each])

    async def _in(self, place: Environment) -> list[Located]:
        """Read an environment's keys, or offer those of some minutes ago."""
        return [Located(key, place) for key in await self.brief.keys_soon(place.id, _READ_WITHIN)]


async def _in_time(read: Awaitable[list[Located]]) -> list[Located]:
    """Give what is read soon enough; what fails or comes later is left out of this menu."""
    try:
        async with asyncio.timeout(_READ_WITHIN):
            return await read
    except (CloudinaryError, TimeoutError):
        return []


def _keys(spec: Spec, found: Sequence[Located]) -> list[Choice]:
    wants = _WANTS.get(spec.build)
    usable = {
        here.key.api_key: here
        for here in found
        if (wants is None or here.key.enabled is wants)
        and not (here.key.root and spec.build in _NOT_ROOT)
    }
    return [_key(here) for here in sorted(usable.values(), key=_order)]


def _place(place: Environment) -> Choice:
    label = place.name if place.says_tier else f"{place.name} · {place.tier}"
    return Choice(Text(label), place.id)


def _order(here: Located) -> tuple[str, str]:
    return here.key.label.casefold(), here.environment.name.casefold()


def _key(here: Located) -> Choice:
    named = Text(f"{here.key.label} · {here.environment.name}")
    label = named if here.key.enabled else msg("{key} · disabled", key=named)
    return Choice(label, f"{BY_API_KEY}{here.key.api_key}")


def _request(request: Request) -> Choice:
    terms = request.terms
    where = f" · {terms.environment_name}" if terms.environment_name else ""
    return Choice(Text(f"{terms.name}{where} · {request.asker.name}"), request.id)
