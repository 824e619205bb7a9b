"""The roles of access keys, as the flows' port `KeyRoles` describes them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.adapters.cedar.uses import forbidden, uses
from bot.adapters.cloudinary import role_calls
from bot.adapters.cloudinary.role_shapes import Effective
from bot.adapters.cloudinary.transport import Transport
from bot.domain.key_roles import KeyRole, Use, Verdict
from bot.errors import Forbidden, NotFound, Unavailable

MAX_PAGES: Final = 100
_ANY_KEY: Final = "any"
_CUSTOM: Final = KeyRole("", "Custom policies")
"""What represents the account's custom policies, which belong to no role."""


class KeyRoleClient:
    """Reads roles and changes those of keys."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def assignable_roles(self) -> list[KeyRole]:
        """Every role that a key may hold in a whole environment, with what it allows.

        The public catalog serves where the account key may not list roles; it has no custom
        ones. A role whose policies can't be read is left out: what it allows is not known.
        """
        try:
            listed = await self._send(role_calls.list_roles())
        except (Forbidden, NotFound):
            return [_with(*each) for each in await self._send(role_calls.list_catalog())]
        found = await asyncio.gather(*map(self._described, listed))
        return [role for role in found if role]

    async def _described(self, role: KeyRole) -> KeyRole | None:
        try:
            return _with(role, await self._send(role_calls.role_statements(role.id)))
        except (Forbidden, NotFound):
            return None

    async def roles_by_key(self, environment_id: str) -> dict[str, tuple[KeyRole, ...]]:
        """The roles of every key of the environment that has any, by API key."""
        found: dict[str, tuple[KeyRole, ...]] = {}
        cursor = ""
        for _ in range(MAX_PAGES):
            page = await self._send(role_calls.inspect_keys(environment_id, cursor))
            for api_key, roles in page.roles.items():
                found[api_key] = (*found.get(api_key, ()), *roles)
            if not page.cursor or page.cursor == cursor:
                return found
            cursor = page.cursor
        raise Unavailable("the environment has more roles than can be listed", maybe_done=False)

    async def roles_of_key(self, environment_id: str, api_key: str) -> tuple[KeyRole, ...]:
        """The roles of one key in its environment, read now."""
        everywhere, parts = await asyncio.gather(
            self._send(role_calls.list_roles_of_key(environment_id, api_key, "global")),
            self._send(role_calls.list_roles_of_key(environment_id, api_key, "content")),
        )
        return (*everywhere, *parts)

    async def give_role(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Give a key a role there; safe to repeat."""
        await self._send(role_calls.assign("add", environment_id, api_key, role))

    async def take_role(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Take a role away; safe to repeat."""
        await self._send(role_calls.assign("remove", environment_id, api_key, role))

    async def verdicts(self, environment_id: str, api_key: str) -> tuple[Verdict, ...]:
        """What the effective policies let the key do, one verdict for each use."""
        roles, here, above = await asyncio.gather(
            self.roles_of_key(environment_id, api_key),
            self._send(role_calls.effective(environment_id, api_key)),
            self._send(role_calls.effective(None, api_key)),
        )
        return _verdicts(api_key, roles, here, above)


def _with(role: KeyRole, statements: Sequence[str]) -> KeyRole:
    return replace(role, uses=uses(statements, _ANY_KEY), size=len(statements))


def _verdicts(
    api_key: str, roles: Sequence[KeyRole], here: Effective, above: Effective
) -> tuple[Verdict, ...]:
    """Judge each use: by each role in its folder, less what any statement forbids there."""
    every = (*(text for _, texts in here.by_role for text in texts), *here.custom, *above.custom)
    sources = [
        (role, tuple(text for id_, texts in here.by_role if id_ == role.id for text in texts))
        for role in roles
    ]
    judged = [
        (source, uses(texts, api_key, source), forbidden(every, api_key, source))
        for source, texts in (*sources, (_CUSTOM, here.custom))
    ]
    return tuple(_verdict(use, judged) for use in Use)


def _verdict(
    use: Use, judged: Sequence[tuple[KeyRole, tuple[Use, ...], frozenset[Use]]]
) -> Verdict:
    permits = [(role, use in taken) for role, may, taken in judged if use in may]
    by = tuple(role for role, taken in permits if not taken)
    return Verdict(use, by, forbidden=bool(permits) and not by)
