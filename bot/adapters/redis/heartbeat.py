"""A small write that proves that Redis takes writes, and what Redis says of its own role."""

from typing import Final

from bot.adapters.redis.faults import in_words
from bot.adapters.redis.names import HEARTBEAT
from bot.adapters.redis.store import Store
from bot.errors import StoreError

SILENT: Final = 10
"""Seconds without a sign of life after which a replica is not counted; it gives one each second.

Redis itself keeps the connection of a server that hangs for a minute (`repl-timeout`). As the
`min-replicas-max-lag` that docs/redis.md names.
"""
KEPT_MS: Final = 60_000  # it is rewritten each second where a platform asks, and else not needed
_BEAT: Final = """
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return redis.call('INFO', 'replication')
"""
"""One script, so that both reach the same server also in a cluster."""


class Heartbeat:
    """The probe of Redis; `replicas` is how many of them must be connected and answer."""

    def __init__(self, store: Store, replicas: int = 0, *, silent: int = SILENT) -> None:
        self._store = store
        self._replicas = replicas
        self._silent = silent

    async def look(self) -> str | None:
        """Write, and tell why Redis can't be relied on; None where it can."""
        try:
            found = await self._store.call("EVAL", _BEAT, "1", HEARTBEAT, str(KEPT_MS))
        except StoreError as error:
            return in_words(error)
        role = dict(line.partition(":")[::2] for line in str(found).splitlines())
        if role.get("role") != "master":
            return f"its role is {role.get('role')}: point REDIS_URL at the master"
        online = sum(self._answers(text) for name, text in role.items() if name[:5] == "slave")
        if online < self._replicas:
            return (
                f"{online} of REDIS_REPLICAS={self._replicas} replicas are connected and answer: no"
                " command is certain to be kept, and no link opens, until the others are back"
            )
        return None

    def _answers(self, replica: str) -> bool:
        """Whether Redis says so of a replica; other values that begin with "slave" are no such."""
        said = dict(part.partition("=")[::2] for part in replica.split(","))
        return said.get("state") == "online" and int(said.get("lag", 0)) <= self._silent
