"""A Cloudinary account in memory: the ports `Users` and `Account`, and failures on demand."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.drift import Drifted, OwnAct
from bot.domain.environments import Environment
from bot.domain.keys import WEBHOOKS, Credentials, Generated, Key
from bot.domain.people import KeyRight
from bot.domain.secret import Secret
from bot.errors import Conflict, Forbidden, NotFound
from bot.flows.reconcile_ports import OwnActs
from tests.fakes.environments import FakePlaces
from tests.fakes.groups import FakeGroups
from tests.fakes.key_roles import FakeKeyRoles
from tests.fakes.users import FakeUsers

T = TypeVar("T")

FIRST_API_KEY = 700_000_000_000_000
"""Fifteen digits, as at Cloudinary."""


@dataclass(frozen=True)
class Failure:
    """The error that the next call of a method raises, before or after its work."""

    error: Exception
    after: bool


def _now() -> datetime:
    return datetime.now(UTC)


class FakeAccount(FakeKeyRoles, FakeGroups, FakeUsers, FakePlaces):
    """Seed it with the `add_` methods; `calls` counts the calls of each method by name.

    `shows_secrets` is False for an account that shows a secret only once.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = _now,
        shows_secrets: bool = True,
        permissions: bool = False,
    ) -> None:
        FakeKeyRoles.__init__(self)
        FakePlaces.__init__(self)
        FakeUsers.__init__(self)
        self.calls: Counter[str] = Counter()
        self.stuck: set[str] = set()
        """Methods whose calls do not come back, until `go_on` is set."""
        self.go_on = asyncio.Event()
        self.shows_secrets = shows_secrets
        self.permissions = permissions
        self.own: OwnActs | None = None
        """Where each change of a key is marked before it is made."""
        self._now = now
        self._keys: dict[str, dict[str, Key]] = {}
        self._secrets: dict[str, str] = {}
        self._failures: defaultdict[str, list[Failure]] = defaultdict(list)

    def add_environment(self, environment: Environment) -> Environment:
        """Seed an environment without keys."""
        self._environments[environment.id] = environment
        self._keys[environment.id] = {}
        return environment

    def add_key(
        self, environment_id: str, name: str, *, enabled: bool = True, root: bool = False
    ) -> Key:
        """Seed a key; `replace_key` changes its other fields."""
        number = FIRST_API_KEY + len(self._secrets)
        key = Key(str(number), name, enabled, root, self._now(), self._now())
        self._secrets[key.api_key] = f"madeUpSecretOfKey{number % 10**10:010}"
        return self.replace_key(environment_id, key)

    def replace_key(self, environment_id: str, key: Key) -> Key:
        """Replace the key with the same API key."""
        self._keys[environment_id][key.api_key] = key
        return key

    def remove_key(self, environment_id: str, api_key: str) -> None:
        """Remove a key without a call, as a person in the Console does."""
        del self._keys[environment_id][api_key]

    def fail_next(
        self, method: str, error: Exception, *, times: int = 1, after: bool = False
    ) -> None:
        """Let the next calls of a method raise; with `after`, they do their work first."""
        self._failures[method] += [Failure(error, after)] * times

    async def environments(self) -> list[Environment]:
        """List every environment."""
        async with self._call("environments"):
            return list(self._environments.values())

    async def keys(self, environment_id: str) -> list[Key]:
        """List every key of the environment."""
        async with self._call("keys"):
            return list(self._keys_of(environment_id).values())

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Create a disabled key."""
        async with self._doing(Drifted.CREATED, environment.id, "", name), self._call("create_key"):
            self._refuse_name(environment.id, name)
            key = self.add_key(environment.id, name, enabled=False)
            return Generated(key, self._credentials(environment, key.api_key))

    async def credentials(self, environment: Environment, api_key: str) -> Credentials | None:
        """Show the secret again, if the account allows it."""
        async with self._call("credentials"):
            known = api_key in self._keys_of(environment.id)
            return self._credentials(environment, api_key) if known and self.shows_secrets else None

    async def ping(self, credentials: Credentials) -> bool:
        """Whether an enabled key has this secret."""
        async with self._call("ping"):
            keys = [key for place in self._keys.values() for key in place.values()]
            works = any(key.enabled and key.api_key == credentials.api_key for key in keys)
            return works and self._secrets[credentials.api_key] == credentials.api_secret.show()

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; a root key cannot be disabled."""
        what = Drifted.ENABLED if enabled else Drifted.DISABLED
        async with self._doing(what, environment_id, api_key), self._call("set_enabled"):
            key = _found(self._keys_of(environment_id), api_key, "key")
            if key.root and not enabled:
                raise Forbidden("the root key stays enabled")
            return self._change(environment_id, replace(key, enabled=enabled))

    async def delete(self, environment_id: str, api_key: str) -> None:
        """Remove a key."""
        deleted = self._doing(Drifted.DELETED, environment_id, api_key)
        async with deleted, self._call("delete"):
            _found(self._keys_of(environment_id), api_key, "key")
            del self._keys[environment_id][api_key]

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Rename a key; a name that is in use is a conflict."""
        renamed = self._doing(Drifted.RENAMED, environment_id, api_key, name)
        async with renamed, self._call("rename"):
            key = _found(self._keys_of(environment_id), api_key, "key")
            if key.name != name:
                self._refuse_name(environment_id, name)
            return self._change(environment_id, replace(key, name=name))

    async def pin(self, environment_id: str, api_key: str) -> Key:
        """Dedicate a key to webhooks, and no other."""
        async with self._doing(Drifted.PINNED, environment_id, api_key), self._call("pin"):
            key = _found(self._keys_of(environment_id), api_key, "key")
            for other in list(self._keys_of(environment_id).values()):
                self.replace_key(environment_id, replace(other, dedicated_for=()))
            return self._change(environment_id, replace(key, dedicated_for=(WEBHOOKS,)))

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Give the ids of the environments that the user has access to."""
        async with self._call("environments_of"):
            seat = self._seat(user_id)
            return (
                frozenset(self._environments) if seat.user.all_environments else seat.environments
            )

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Give the names of the user's groups."""
        async with self._call("groups_of"):
            return self._seat(user_id).groups

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """Give the seeded right, or `KeyRight.NONE`."""
        async with self._call("key_right"):
            return self._seat(user_id).rights.get(environment_id, KeyRight.NONE)

    async def key_rights(self, user_id: str, environment_ids: Sequence[str]) -> list[KeyRight]:
        """Give the rights in several environments."""
        return [await self.key_right(user_id, id_) for id_ in environment_ids]

    async def has_permissions_api(self) -> bool:
        """Whether the account was built with the Permissions API."""
        async with self._call("has_permissions_api"):
            return self.permissions

    def _doing(
        self, what: Drifted, environment_id: str, api_key: str, name: str = ""
    ) -> AbstractAsyncContextManager[None]:
        act = OwnAct(environment_id, api_key, what, name)
        return self.own.doing(act) if self.own else nullcontext()

    @asynccontextmanager
    async def _call(self, method: str) -> AsyncIterator[None]:
        self.calls[method] += 1
        await asyncio.sleep(0)  # like a real call, it lets other tasks run
        if method in self.stuck:
            await self.go_on.wait()
        waiting = self._failures[method]
        failure = waiting.pop(0) if waiting else None
        if failure and not failure.after:
            raise failure.error.with_traceback(None)
        yield
        if failure:
            raise failure.error.with_traceback(None)

    def _keys_of(self, environment_id: str) -> dict[str, Key]:
        return _found(self._keys, environment_id, "environment")

    def _refuse_name(self, environment_id: str, name: str) -> None:
        if any(key.name == name for key in self._keys_of(environment_id).values()):
            raise Conflict("the name is taken", status=409)

    def _change(self, environment_id: str, key: Key) -> Key:
        return self.replace_key(environment_id, replace(key, updated_at=self._now()))

    def _credentials(self, environment: Environment, api_key: str) -> Credentials:
        return Credentials(environment.cloud_name, api_key, Secret(self._secrets[api_key]))


def _found(known: Mapping[str, T], required: str, what: str) -> T:
    if required not in known:
        raise NotFound(f"no such {what}", status=404)
    return known[required]
