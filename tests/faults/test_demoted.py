"""A plain REDIS_URL that leads to a server which was made a replica, and later to the master."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sandbox.ports import HOST
from tests.contracts.redis_processes import Server, connected_replicas, pair
from tests.contracts.test_redis_acl import PASSWORD, documented
from tests.contracts.test_redis_failover import Relay
from tests.faults.failover import is_left
from tests.faults.test_start import told
from tests.scenarios.system import System, running_system, until

MORE: Final = 5
"""Writes that are refused while the bot says that it is not ready."""


async def refused(server: Server) -> int:
    """Count the writes that a server has refused because it is a replica."""
    async with server.client() as redis:
        found = await redis.info("errorstats")
    return int(found.get("errorstat_READONLY", {}).get("count", 0))


async def stays_unready(system: System, former: Server) -> None:
    """Look until more writes are refused: each time it is not ready, and says why."""

    async def unready() -> bool:
        status, text = await told(system, "/readyz")
        return status == 503 and "Redis: it is a replica" in text

    await until(unready)
    before = await refused(former)

    async def more() -> bool:
        assert await unready()
        return await refused(former) >= before + MORE

    await until(more)


async def test_at_a_demoted_master_the_bot_is_not_ready_until_the_name_leads_to_another(
    tmp_path: Path,
) -> None:
    """It refuses commands in words and changes nothing; then it leaves the replica by itself"""
    async with AsyncExitStack() as stack:
        former, master = await pair(tmp_path)
        for server in (former, master):
            stack.push_async_callback(server.kill)
            assert await server.ask(*documented()) == "OK"
        relay = Relay(former)
        listener = await asyncio.start_server(relay.serve, HOST, 0)
        stack.callback(listener.close)
        port = listener.sockets[0].getsockname()[1]
        url = f"redis://keysmith:{quote(PASSWORD, safe='')}@{HOST}:{port}"
        system = await stack.enter_async_context(running_system(tmp_path, REDIS_URL=url))
        assert "20 keys" in (await system.send("key list"))["text"]

        async def caught_up() -> bool:
            return await connected_replicas(former, 1)

        assert await until(caught_up)
        assert await master.ask("REPLICAOF", "NO", "ONE") == "OK"
        assert await former.ask("REPLICAOF", HOST, str(master.port)) == "OK"

        await stays_unready(system, former)
        answer = await system.send("key disable ci-bot")
        assert "Keysmith's database does not respond" in answer["text"]
        assert (await system.key("ci-bot"))["enabled"] is True

        relay.target = master

        async def ready() -> bool:
            return (await told(system, "/readyz"))[0] == 200

        async def taken() -> bool:
            """A connection that was opened meanwhile may still lead to the replica, once."""
            return "disabled" in (await system.send("key disable ci-bot"))["text"]

        assert await until(ready)
        assert await until(taken)
        assert (await system.key("ci-bot"))["enabled"] is False
        assert await until(lambda: is_left(former))
        assert await ready()
