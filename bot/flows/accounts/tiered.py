"""The account with each environment's stored tier: the one place where the two are joined."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.environments import Environment, FixedTier, UnreadableTier
from bot.domain.keys import Credentials, Generated, Key
from bot.errors import StoreError
from bot.flows.ports import Account, Tiers


@dataclass(frozen=True)
class TieredAccount:
    """The port `Account` for everything that decides by tier.

    Where the stored tiers can't be read, every environment is production.
    """

    account: Account
    tiers: Tiers

    async def environments(self) -> list[Environment]:
        """List every environment, with what is stored about its tier."""
        places = await self.account.environments()
        stored = await self._stored(places)
        return [replace(place, fixed=stored.get(place.id)) for place in places]

    async def _stored(self, places: list[Environment]) -> Mapping[str, FixedTier | UnreadableTier]:
        try:
            return await self.tiers.stored([place.id for place in places])
        except StoreError:
            return {place.id: UnreadableTier(away=True) for place in places}

    async def keys(self, environment_id: str) -> list[Key]:
        """List the keys of an environment."""
        return await self.account.keys(environment_id)

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Create a key."""
        return await self.account.create_key(environment, name)

    async def credentials(self, environment: Environment, api_key: str) -> Credentials | None:
        """Read a key's secret."""
        return await self.account.credentials(environment, api_key)

    async def ping(self, credentials: Credentials) -> bool:
        """Sign in with a key's own pair."""
        return await self.account.ping(credentials)

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key."""
        return await self.account.set_enabled(environment_id, api_key, enabled=enabled)

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Delete a key."""
        await self.account.delete(environment_id, api_key)

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Rename a key."""
        return await self.account.rename(environment_id, api_key, name)

    async def pin(self, environment_id: str, api_key: str) -> Key:
        """Dedicate a key to webhooks."""
        return await self.account.pin(environment_id, api_key)
