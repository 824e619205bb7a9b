"""What a form's menu offers a person: only what they may see, found by the same rules as lists.

A choice decides nothing: its value is a text that is parsed and authorised like a typed one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from bot.domain.choices import MOST, Choice, Found, matching, some, unread
from bot.domain.commands.adoption import AdoptKeys
from bot.domain.commands.environments import (
    DisableEnvironment,
    EnableEnvironment,
)
from bot.domain.commands.fields import SEARCHED, Ask, Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.keys import (
    BrownoutKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    ExplainKey,
    PinKey,
    RenameKey,
    RestoreKey,
)
from bot.domain.commands.registry import Spec
from bot.domain.commands.requests import RequestKey
from bot.domain.environments import Environment
from bot.domain.key_roles import USELESS, KeyRole
from bot.domain.keys import BY_API_KEY, Located
from bot.domain.languages import ENGLISH, Language
from bot.domain.pending import held
from bot.domain.people import Actor, Person, TurnedAway
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action, Refused
from bot.domain.requests.machine import Request
from bot.domain.user_groups import UserGroup
from bot.errors import KeysmithError
from bot.flows.authorize import Authorizer
from bot.flows.brief import BriefAccount
from bot.flows.identity import Identity
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.requests.choose import RequestChooser

_log = structlog.get_logger("keysmith.menus")

WITHIN: Final = 1.5
"""Seconds for what a menu offers, of the three that Slack waits; reading goes on after that."""
_SPARE: Final = 0.2
"""Seconds of them in which what was read is sorted and drawn."""
_WARMED: Final = SEARCHED - {Ask.REQUEST}
"""What is read while a form opens: it is shared by all people, and kept."""
_WANTS: Final = {
    DisableKey: True,
    BrownoutKey: True,
    EnableKey: False,
    RestoreKey: False,
    PinKey: True,
}
"""Commands that only an enabled or a disabled key is for."""
_PLACES: Final = {DisableEnvironment: True, EnableEnvironment: False}
"""Commands that only an enabled or a disabled environment is for."""
_NOT_ROOT: Final = frozenset({DisableKey, BrownoutKey, DeleteKey, RenameKey, AdoptKeys})


@dataclass(frozen=True)
class Chooser:
    """Finds what a person may choose."""

    who: Callable[[Actor], Awaitable[Identity]]
    """Identifies a person; the reading goes on where no one waits for it."""
    brief: BriefAccount
    authorizer: Authorizer
    resolver: Resolver
    own: OwnKeys
    requests: RequestChooser
    roles: Callable[[], Awaitable[Sequence[KeyRole]]]
    groups: Callable[[], Awaitable[Sequence[UserGroup]]]
    departed: Callable[[Iterable[Actor]], Awaitable[frozenset[Actor]]]
    """Tells which owners of keys have left."""
    within: float = WITHIN

    async def choices(
        self,
        actor: Actor,
        form: Incomplete,
        field: Field,
        typed: str,
        language: Language,
    ) -> Found:
        """Search what the person may choose for one field of a form; it never takes longer."""
        until = asyncio.get_running_loop().time() + self.within
        try:
            async with asyncio.timeout_at(until):
                who = await self.who(actor)
                if isinstance(who, TurnedAway):
                    return Found()
                if field.kind.ask not in {Ask.KEY, Ask.KEYS}:
                    every = await self._every(who.person, form, field.kind.ask)
                    return matching(every, typed, language)
                seen = await self._with_keys(who.person, form)
        except (KeysmithError, TimeoutError) as error:
            _log.info("menu_not_read", reason=type(error).__name__)
            return unread(typed)
        keys, late = await self._keys(who.person, form, seen, typed, until)
        return (some if late else matching)(keys, typed, language)

    async def warm(self, actor: Actor, form: Incomplete) -> None:
        """Read what the menus of a form will offer, while the form opens."""
        given = dict(form.given)
        for field in form.spec.fields.values():
            if field.kind.ask in _WARMED and field.name not in given:
                await self.choices(actor, form, field, "", ENGLISH)

    async def _every(self, person: Person, form: Incomplete, ask: Ask) -> Sequence[Choice]:
        match ask:
            case Ask.ENVIRONMENT | Ask.ENVIRONMENTS:
                return [_place(each) for each in await self._places(person, form.spec)]
            case Ask.REQUEST:
                return list(map(_request, await self.requests.able(person, form.spec)))
            case Ask.GROUP:
                refused = self.authorizer.decide(person, Action.GROUP_SHOW, None)
                seen = [] if isinstance(refused, Refused) else await self.groups()
                return [Choice(Text(it.name), it.id) for it in seen]
            case Ask.ROLE:
                return list(map(_role, await self.roles()))
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

    async def _with_keys(self, person: Person, form: Incomplete) -> list[Environment]:
        """Environments in whose keys the person may choose."""
        env, action = dict(form.given).get("env"), form.spec.action
        return [
            it
            for it in await self.resolver.visible(person, Action.KEY_SHOW)
            if (env is None or it.answers_to(env))
            and not isinstance(self.authorizer.decide(person, action, it), Refused)
        ]

    async def _keys(
        self,
        person: Person,
        form: Incomplete,
        seen: Sequence[Environment],
        typed: str,
        until: float,
    ) -> tuple[list[Choice], bool]:
        """The keys that are read by then, and whether others were not.

        Before anything is typed, as many as a menu takes are enough.
        """
        left = max(until - _SPARE - asyncio.get_running_loop().time(), 0)
        reading = self.brief.keys_soon([it.id for it in seen], left, 0 if typed else MOST)
        soon, own = await asyncio.gather(reading, self._own(person, form, left))
        found = [Located(key, it) for it in seen for key in soon[it.id] or ()]
        late = own is None or None in soon.values()
        if form.spec.build is AdoptKeys:
            left = max(until - _SPARE / 2 - asyncio.get_running_loop().time(), 0)
            found = await self._orphans(found, left)
        return _keys(form.spec, [*found, *(own or ())]), late

    async def _orphans(self, found: Sequence[Located], seconds: float) -> list[Located]:
        """Those without an owner; where it is not known in time who left, all owners are here."""
        owned = await self.own.pending.owners_of([here.key.api_key for here in found])
        left = frozenset[Actor]()
        with suppress(KeysmithError, TimeoutError):
            async with asyncio.timeout(seconds):
                left = await self.departed(it for own in owned.values() for it in own.holders)
        kept = held(owned, left)
        return [here for here in found if here.key.api_key not in kept]

    async def _own(self, person: Person, form: Incomplete, seconds: float) -> list[Located] | None:
        """The person's own keys, to disable or ask about; None if it fails or is late."""
        if form.spec.build not in {DisableKey, ExplainKey}:
            return []
        try:
            async with asyncio.timeout(seconds):
                return await self.own.of(person.actor)
        except (KeysmithError, TimeoutError):
            return None


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


def _role(role: KeyRole) -> Choice:
    allows = Text(role.allows) if role.allows else None
    return Choice(Text(role.name), role.ref, USELESS if role.useless else allows)


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
