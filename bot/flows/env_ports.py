"""What changes of environments need of Cloudinary."""

from typing import Protocol

from bot.domain.environments import Environment


class Places(Protocol):
    """Changes the product environments of the account. May raise `CloudinaryError`."""

    async def create_environment(self, name: str, cloud_name: str, base: str) -> Environment:
        """Create one, with the settings of the environment with the id `base`, if given.

        The adapter never repeats the call. Raises `Conflict` where the cloud name is taken in this
        or another account. After `Unavailable` with `maybe_done`, it may exist.
        """

    async def rename_environment(self, environment_id: str, name: str) -> Environment:
        """Change its name; safe to repeat."""

    async def switch_environment(self, environment_id: str, *, enabled: bool) -> Environment:
        """Enable or disable it; safe to repeat."""

    async def own_environments(self) -> frozenset[str]:
        """Ids of the environments in which Keysmith's account key has a role, in one call."""
