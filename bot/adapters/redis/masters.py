"""Where the master is now: asked of the Sentinels, or of the nodes of a cluster.

All of Keysmith's keys share one hash slot, so in a cluster too one master has everything, and one
connection to it carries scripts, transactions, blocking reads and WAIT as on a single server.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from bot.adapters.redis.credentials import login_of
from bot.adapters.redis.names import PREFIX
from bot.adapters.redis.sentinels import Sentinels
from bot.domain.redis_url import Node, RedisAddress, Topology

Find = Callable[[], Awaitable[Node]]
"""Tells host and port of the master; raises a `RedisError` where none is known."""

TIMEOUT: Final = 0.5  # seconds for one Sentinel or node: the next one may answer
SLOT: Final = key_slot(PREFIX.encode())


@asynccontextmanager
async def search(
    address: RedisAddress, credentials: CredentialProvider | None
) -> AsyncIterator[Find | None]:
    """Open what finds the master; None where the URL names one server."""
    match address.topology:
        case Topology.SINGLE:
            yield None
        case Topology.CLUSTER:
            yield _Cluster(address, _options(address) | login_of(address, credentials)).master
        case Topology.SENTINEL:
            login = {"password": address.sentinel_password or None}
            options = _options(address) | login
            sentinel = Sentinels(list(address.nodes), sentinel_kwargs=options)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            async with sentinel:
                yield partial(sentinel.discover_master, address.master)


def _options(address: RedisAddress) -> dict[str, Any]:
    return {
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "decode_responses": True,
        "retry": Retry(NoBackoff(), 0),
        "driver_info": None,
        "ssl": address.tls,
        **address.tls_options,
    }


class _Cluster:
    """Asks the nodes in turn: those of the URL, and those that the last answer named."""

    def __init__(self, address: RedisAddress, options: dict[str, Any]) -> None:
        self._first = address.nodes
        self._nodes = address.nodes
        self._options = options

    async def master(self) -> Node:
        """Find the master of Keysmith's slot."""
        last: Exception | None = None
        for node in self._nodes:
            try:
                return await self._asked(node)
            except (RedisError, OSError) as error:
                last = error
        raise RedisConnectionError("no node of the cluster names a master") from last

    async def _asked(self, node: Node) -> Node:
        host, port = node
        async with Redis(host=host, port=port, **self._options) as redis:
            slots = await redis.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        for first, last, *servers in slots:
            if first <= SLOT <= last:
                master, *others = [(it[0] or host, it[1]) for it in servers]
                # Its replicas are asked first next time: they know best of a failover.
                self._nodes = tuple(dict.fromkeys((*others, master, *self._first)))
                return master
        raise RedisConnectionError("the node knows no master for Keysmith's slot")
