"""Changes of a fake account's environments: the port `Places`."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.errors import Conflict, Invalid, NotFound

FIRST_ID = 0xE000_0000


class FakePlaces:
    """Environments of a fake account, whose calls are counted and can fail.

    `clouds_elsewhere` are cloud names of other accounts; `closed` are the ids of environments in
    which the account key has no role.
    """

    def __init__(self) -> None:
        self.clouds_elsewhere: set[str] = {"demo", "lumen"}
        self.closed: set[str] = set()
        self.bases: dict[str, str] = {}
        self._environments: dict[str, Environment] = {}

    def _call(self, method: str) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    def add_environment(self, environment: Environment) -> Environment:
        """Seed an environment."""
        raise NotImplementedError

    def remove_environment(self, environment_id: str) -> None:
        """Remove one without a call, as Cloudinary's support does."""
        del self._environments[environment_id]

    add_key: Callable[..., Key]

    async def create_environment(self, name: str, cloud_name: str, base: str) -> Environment:
        """Create an environment with its root key; on an account with roles, it is closed."""
        async with self._call("create_environment"):
            if not re.fullmatch("[A-Za-z0-9_-]+", cloud_name):
                raise Invalid("cloud_name holds letters, digits, hyphens and underscores")
            ours = {it.cloud_name.casefold() for it in self._environments.values()}
            if cloud_name.casefold() in ours | self.clouds_elsewhere:
                raise Conflict("Already exists", status=409)
            if base and base not in self._environments:
                raise Invalid("cannot find sub account", status=400)
            id_ = f"{FIRST_ID + len(self._environments):x}"
            place = self.add_environment(Environment(id_, name, cloud_name))
            self.add_key(id_, "", root=True)
            self.closed.add(id_)
            self.bases[id_] = base
            return place

    async def rename_environment(self, environment_id: str, name: str) -> Environment:
        """Change the name."""
        async with self._call("rename_environment"):
            return self._replace(environment_id, lambda it: replace(it, name=name))

    async def switch_environment(self, environment_id: str, *, enabled: bool) -> Environment:
        """Enable or disable one."""
        async with self._call("switch_environment"):
            return self._replace(environment_id, lambda it: replace(it, enabled=enabled))

    async def own_environments(self) -> frozenset[str]:
        """Those that are not closed."""
        async with self._call("own_environments"):
            return frozenset(self._environments) - self.closed

    def _replace(self, id_: str, change: Callable[[Environment], Environment]) -> Environment:
        if id_ not in self._environments:
            raise NotFound("no such environment", status=404)
        self._environments[id_] = change(self._environments[id_])
        return self._environments[id_]
