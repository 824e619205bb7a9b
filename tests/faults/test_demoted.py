"""A plain REDIS_URL whose name leads to a master that became a replica, as after a failover."""

from contextlib import AsyncExitStack, closing
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis

from sandbox.ports import HOST
from tests.contracts.redis_processes import Server, connected_replicas, pair
from tests.contracts.test_redis_acl import PASSWORD, documented
from tests.contracts.test_redis_failover import Relay, listening
from tests.faults.failover import nobody_at
from tests.faults.test_start import told
from tests.scenarios.system import running_system, until

MORE: int = 5
"""Writes refused while the bot says that it is not ready."""


async def refused(server: Server) -> int:
    """Count the writes that a server has refused because it is a replica."""
    async with server.client() as redis:
        found = await redis.info("errorstats")
    return int(found.get("errorstat_READONLY", {}).get("count", 0))
