"""REDIS_REPLICAS keeps what was acknowledged; a failover that lost writes stops everything.

`make faults` also kills the master under load.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from bot.adapters.redis.names import HALT_TOLD
from bot.adapters.tasks import end
from sandbox.ports import HOST
from tests.contracts.redis_processes import QUICK, Server
from tests.faults.sentinel_pair import SentinelPair, entries, over_sentinels
from tests.scenarios import signed
from tests.scenarios.opening import open_link, press
from tests.scenarios.system import ADA, MIA, TOM, System, link_of, until
from tests.scenarios.test_halted import asked
from tests.scenarios.test_history import halted, readiness, ready, recover, told
from tests.soak.tally import unclosed

KEPT: Final = (200, "")
"""The ack of a command that is kept; another one has a text, or fails."""
EVERY: Final = 0.05
"""Seconds between two commands of the load."""
COMMANDS: Final = 40
"""Commands that are kept before the master is killed, and again when it is back."""
UNCERTAIN: Final = "on one server only"
UNDER_LOAD: Final = pytest.mark.skipif(
    os.environ.get("CRASH_POINTS") != "all", reason="make faults runs it"
)
LOOKS: Final = 2
"""Looks at a halt that was told already; there is one each second."""
NEEDS_A_REPLICA: Final = ("min-replicas-to-write", "1", "min-replicas-max-lag", "10")


async def waits(server: Server) -> int:
    """Count how often a server was asked to wait for its replicas."""
    found = await server.ask("INFO", "commandstats")
    assert isinstance(found, dict)
    return int(found.get("cmdstat_wait", {}).get("calls", 0))


async def test_a_command_and_a_link_wait_for_the_replica(tmp_path: Path) -> None:
    """While it hangs, the person and `/readyz` are told; when it is back, both are kept"""
    async with over_sentinels(tmp_path, replicas=1) as pair:
        system = pair.system
        link = link_of(await system.send("key create shop-ci --env staging"))
        pair.hold()
        status, text = await signed.send(system, signed.command(system, "key list"))
        assert (status, UNCERTAIN in text) == (200, True), text
        opening = asyncio.create_task(open_link(system, link))
        before = await waits(pair.master)

        async def waited_in_vain() -> bool:
            return await waits(pair.master) > before

        await until(waited_in_vain)
        assert not opening.done()
        await pair.master.ask("CONFIG", "SET", "repl-timeout", "2")  # instead of a minute

        async def not_ready() -> bool:
            return "Redis: 0 of REDIS_REPLICAS=1" in await readiness(system)

        await until(not_ready)
        assert not opening.done()
        await pair.master.ask("CONFIG", "SET", "repl-timeout", "60")

        pair.go_on()
        assert (await opening)["name"] == "shop-ci"
        await until(lambda: ready(system))
        assert await signed.send(system, signed.command(system, "key list")) == KEPT


@dataclass
class Load:
    """Commands one after another, each about another key, by what their acks say."""

    system: System
    kept: set[str] = field(default_factory=set)
    uncertain: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Send until it is cancelled."""
        people = cycle((TOM, MIA, ADA))
        sending = set[asyncio.Task[None]]()
        for number in count(1):
            sending.add(asyncio.create_task(self._one(f"key show none-{number}", next(people))))
            await asyncio.sleep(EVERY)
            sending = {each for each in sending if not each.done() or each.result()}

    async def _one(self, text: str, user: str) -> None:
        form = signed.command(self.system, text, user_id=user)
        with contextlib.suppress(aiohttp.ClientError):
            answer = await signed.send(self.system, form)
            if answer == KEPT:
                self.kept.add(text)
            elif UNCERTAIN in answer[1]:
                self.uncertain.add(text)

    async def keeps(self, more: int) -> None:
        """Wait until so many more commands were kept."""
        enough = len(self.kept) + more

        async def enough_kept() -> bool:
            return len(self.kept) >= enough

        await until(enough_kept, 60)


@asynccontextmanager
async def load(system: System) -> AsyncIterator[Load]:
    """Send commands while the block runs."""
    running = Load(system)
    task = asyncio.create_task(running.run())
    try:
        yield running
    finally:
        await end(task)


async def in_the_log(server: Server) -> set[str]:
    """Read the texts of the commands that the audit log of a server has."""
    asked = [each["errand"] for each in await entries(server) if each["deed"] == "asked"]
    return {str(await server.ask("HGET", f"{{keysmith}}:errand:{each}", "text")) for each in asked}


async def begin_as_replica(server: Server, master: Server) -> None:
    """Start a server that was killed, as a replica of another one."""
    server.options = (*QUICK, "--replicaof", f"{HOST} {master.port}")
    await server.start()
    await server.ask("CONFIG", "SET", *NEEDS_A_REPLICA)


@UNDER_LOAD
async def test_what_was_acknowledged_outlives_a_master_that_is_killed(tmp_path: Path) -> None:
    """Under load: nothing is lost, nothing halts, and work goes on once a replica is back"""
    async with over_sentinels(tmp_path, replicas=1) as pair:
        system, master, replica = pair.system, pair.master, pair.replica
        for server in (master, replica):
            await server.ask("CONFIG", "SET", *NEEDS_A_REPLICA)
        async with load(system) as running:
            await running.keeps(COMMANDS)
            await master.kill()
            before = set(running.kept)
            await pair.promoted()
            assert before <= await in_the_log(replica)
            await begin_as_replica(master, replica)
            await running.keeps(COMMANDS)
        await until(lambda: ready(system))

        async def all_closed() -> bool:
            return not unclosed(await entries(replica))

        await until(all_closed)
        assert running.kept <= await in_the_log(replica)
        assert await told(system) == []
        assert "intact" in await system.command_line("audit", "verify")


@UNDER_LOAD
async def test_nothing_that_was_acknowledged_is_among_the_lost_writes(tmp_path: Path) -> None:
    """What was not certain to be kept is lost, and Keysmith stops all the same"""
    async with over_sentinels(tmp_path, replicas=1) as pair:
        async with load(pair.system) as running:
            await running.keeps(COMMANDS)
            await pair.cut()

            async def some_are_uncertain() -> bool:
                return len(running.uncertain) >= COMMANDS // 4

            await until(some_are_uncertain)
            await pair.master.kill()
        pair.go_on()
        await pair.promoted()
        there = await in_the_log(pair.replica)
        assert running.kept <= there
        assert running.uncertain - there
        await begin_as_replica(pair.master, pair.replica)
        assert "History: halted: the audit log ends at entry" in await halted(pair.system)


async def lose_a_command(pair: SentinelPair, text: str) -> None:
    """Acknowledge and answer a command that only the master has, and kill the master."""
    await pair.cut()
    await pair.system.send(text)
    await pair.system.cloudinary("requests", "DELETE")
    await pair.master.kill()
    pair.go_on()
    await pair.promoted()


async def looked_again(server: Server) -> None:
    """Wait until the bot has asked twice more whether security was told."""
    async with server.client() as redis, asked(redis) as lines:

        async def twice() -> bool:
            return sum(HALT_TOLD in line for line in lines) >= LOOKS

        await until(twice)


async def test_a_failover_that_lost_writes_stops_everything_until_it_is_recovered(
    tmp_path: Path,
) -> None:
    """Security is told once, a link stays closed, and nothing changes at Cloudinary"""
    async with over_sentinels(tmp_path, rights=["+scan"]) as pair:
        system = pair.system
        link = link_of(await system.send("key create kept --env staging"))
        await lose_a_command(pair, "key create lost --env staging")

        assert "History: halted: the audit log ends at entry" in await halted(system)
        status, text = await press(system, link)
        assert (status, "earlier state" in str(text)) == (503, True)
        refused = await system.send("key create third --env staging")
        assert "its database went back to an earlier state" in refused["text"]
        await until(lambda: told(system))
        await looked_again(pair.replica)
        assert len(await told(system)) == 1
        assert [] == [*await system.requests("POST"), *await system.requests("PUT")]
        report = await recover(system)
        assert (report.code, "lost" in report.out) == (1, True), report

        done = await recover(system, "--apply", "--yes")

        assert done.code == 0, done
        await until(lambda: ready(system))
        assert (await open_link(system, link))["name"] == "kept"
        link_of(await system.send("key create next --env staging"))
        assert "intact" in await system.command_line("audit", "verify")
