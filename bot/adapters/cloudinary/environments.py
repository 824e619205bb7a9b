"""Changes of product environments, as the flows' port `Places` describes them."""

from typing import Final

from bot.adapters.cloudinary import environment_calls as calls
from bot.adapters.cloudinary.transport import Transport
from bot.domain.environments import Environment
from bot.errors import Conflict, Invalid

_TAKEN: Final = ("already exist", "already taken", "already in use", "has been taken")
"""What a 400 says in place of a 409: which of the two a taken cloud name gets is not documented."""


class EnvironmentClient:
    """Creates, renames, enables and disables product environments."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send
        self._account_key = transport.account.api_key

    async def create_environment(self, name: str, cloud_name: str, base: str) -> Environment:
        """Create one; the call is never repeated. Raises `Conflict` where its name is taken."""
        try:
            return await self._send(calls.create(name, cloud_name, base))
        except Invalid as error:
            if any(each in error.message.casefold() for each in _TAKEN):
                raise Conflict(error.message, status=error.status) from None
            raise

    async def rename_environment(self, environment_id: str, name: str) -> Environment:
        """Change its name; safe to repeat."""
        return await self._send(calls.update(environment_id, name=name))

    async def switch_environment(self, environment_id: str, *, enabled: bool) -> Environment:
        """Enable or disable it; safe to repeat."""
        return await self._send(calls.update(environment_id, enabled=enabled))

    async def own_environments(self) -> frozenset[str]:
        """Ids of the environments in which Keysmith's account key has a role."""
        return await self._send(calls.own_environments(self._account_key))
