"""Gathers what kind of server Redis is, by INFO and TIME, and whether Keysmith is halted there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from bot.adapters.network import chain
from bot.adapters.redis.faults import fault_and_fix
from bot.adapters.redis.names import HALTED
from bot.domain.checks.findings import Finding
from bot.domain.checks.redis import RedisFacts, Trouble, examine_redis
from bot.errors import ConfigurationError

Connect = Callable[[], AbstractAsyncContextManager[Redis]]
REFUSALS: Final = (AuthenticationError, AuthorizationError)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class RedisProbe:
    """Asks the server that `connect` leads to; `clustered` is whether that follows a cluster."""

    connect: Connect
    private: bool
    public: bool
    clustered: bool = False
    now: Callable[[], datetime] = _now

    async def look(self) -> Sequence[Finding]:
        """Examine the server."""
        return examine_redis(await self.gather())

    async def gather(self) -> RedisFacts:
        """Read what the server says; no error leaves, since some repeat parts of the URL."""
        known = RedisFacts(private=self.private, public=self.public)
        try:
            async with self.connect() as redis:
                return await self._read(redis, known)
        except ConfigurationError as error:  # the private server's; it has no URL
            return replace(known, trouble=Trouble.AWAY, what=str(error).rstrip("."))
        except (RedisError, OSError, ValueError, TypeError) as error:
            what, do = fault_and_fix(error)
            return replace(known, trouble=_trouble(error), what=what, do=do)

    async def _read(self, redis: Redis, known: RedisFacts) -> RedisFacts:
        try:
            info = await redis.info("everything")
            seconds, micros = await redis.time()
            halted = bool(await redis.exists(HALTED))
        except ResponseError as error:
            if not (isinstance(error, NoPermissionError) or "unknown command" in str(error)):
                raise
            return replace(known, trouble=Trouble.NOT_READ)
        skew = (self.now() - datetime.fromtimestamp(seconds + micros / 1e6, UTC)).total_seconds()
        found = replace(_server(known, info), skew=skew, halted=halted)
        return replace(found, cluster=found.cluster and not self.clustered)


def _trouble(error: Exception) -> Trouble:
    """Tell a refusal, also one that redis-py wrapped while it connected, from a wrong URL."""
    if any(isinstance(it, REFUSALS) for it in chain(error)):
        return Trouble.REFUSED
    return Trouble.URL if isinstance(error, ValueError | TypeError) else Trouble.AWAY


def _server(known: RedisFacts, info: Mapping[str, object]) -> RedisFacts:
    return replace(
        known,
        version=str(info.get("redis_version", "")),
        append_only=str(info.get("aof_enabled", 0)) == "1",
        policy=str(info.get("maxmemory_policy", "noeviction")),
        replica=info.get("role") != "master",
        cluster=str(info.get("cluster_enabled", 0)) == "1",
    )
