"""A person's own keys: the ones that were created for them, which they may always disable.

Ownership is read from the stored owners and requests, by API key; never from a name. What it
allows decides `bot.flows.authorize`.
"""

from dataclasses import dataclass

from bot.domain.commands.keys import DisableKey, KeyLook
from bot.domain.commands.rotations import RotateKey
from bot.domain.environments import Environment
from bot.domain.keys import Located, find
from bot.domain.pending import owned
from bot.domain.people import Actor
from bot.flows import reads
from bot.flows.ports import Account, PendingStore
from bot.flows.request_ports import Requests

OwnCommand = DisableKey | KeyLook | RotateKey
"""What names a key, and its owner needs no right for."""
LOOKED_AT = 100
"""Requests that are read for keys of a former version, which stored no owner."""


@dataclass(frozen=True)
class OwnKeys:
    """Finds keys for their owner, whatever the policy lets the owner see."""

    account: Account
    pending: PendingStore
    requests: Requests

    async def owns(self, actor: Actor, api_key: str, environment_id: str) -> bool:
        """Whether the key was created for this person."""
        own = await self.pending.owner_of(api_key)
        if own:
            return (own.owner, own.environment_id) == (actor, environment_id)
        return (await self._formerly(actor)).get(api_key) == environment_id

    async def of(self, actor: Actor) -> list[Located]:
        """The person's own keys as they are at Cloudinary now."""
        return await self.at_cloudinary(await self.ids(actor))

    async def ids(self, actor: Actor) -> dict[str, str]:
        """Environments by API key, of the person's own keys, also of former versions."""
        stored = await self.stored(actor)
        return await self._formerly(actor) | stored

    async def stored(self, actor: Actor) -> dict[str, str]:
        """Environments by API key, of the keys whose owner is stored: one look-up."""
        return owned(actor, await self.pending.keys_of(actor), ())

    async def held(self, actor: Actor) -> dict[str, str]:
        """Likewise, of the keys that the person owns or co-owns."""
        return {own.api_key: own.environment_id for own in await self.pending.keys_of(actor)}

    async def named(self, actor: Actor, command: OwnCommand, *, former: bool) -> list[Located]:
        """The own keys that a command means; `former` looks for those without an owner too."""
        found = await self._meant(command, await self.stored(actor))
        if former and not found:
            found = await self._meant(command, await self._formerly(actor))
        return found

    async def _meant(self, command: OwnCommand, ids: dict[str, str]) -> list[Located]:
        return find(command.name, await self.at_cloudinary(ids, command.env))

    async def _formerly(self, actor: Actor) -> dict[str, str]:
        """Environments by API key, of the keys that the person's latest requests led to."""
        found = owned(actor, (), await self.requests.opened_by(actor, LOOKED_AT))
        known = await self.pending.owners_of(list(found))  # it may be another person's by now
        return {api_key: place for api_key, place in found.items() if api_key not in known}

    async def at_cloudinary(self, ids: dict[str, str], env: str | None = None) -> list[Located]:
        """Read these keys, each by its environment's id; those gone or refused are left out."""
        if not ids:
            return []
        every = await self.account.environments()
        places = [it for it in every if it.id in ids.values() and _in(it, env)]
        found = await reads.some_keys_in(self.account, places)
        return [here for here in found if ids.get(here.key.api_key) == here.environment.id]


def _in(place: Environment, name: str | None) -> bool:
    return name is None or name == place.id or place.answers_to(name)
