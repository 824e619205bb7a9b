"""Processes that share one Redis: each with a connection, a clock and flows of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.steps import Guard, Write, xadd
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.domain.audit import ChainKey
from bot.domain.commands.requests import Deciding
from bot.domain.jobs import Job
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import Request, State
from bot.flows.build import build_flows
from bot.flows.build_ports import Flows
from tests.contracts.redis_server import connected
from tests.flows.harness import Harness, staffed
from tests.flows.requested import asked

CLAIM_TTL: Final = timedelta(hours=8)
CARRIED_OUT: Final = "{keysmith}:carried-out"


class Queue:
    """The queue of jobs that decisions cause: ids in Redis."""

    def queueing(self, job: Job) -> tuple[Write, ...]:
        """Queue the id."""
        return (xadd(CARRIED_OUT, {"id": job.id}),)

    def last_changed(self, done: object) -> tuple[Write, ...]:
        """Give no writes."""
        del done
        return ()

    async def marked(self, job: object) -> tuple[tuple[Write, ...], tuple[Guard, ...]]:
        """Store no effect."""
        del job
        return (), ()


@dataclass
class Process:
    """One process: its own connection, its own clock, the same requests."""

    harness: Harness
    store: Store
    requests: RedisRequests

    @property
    def flows(self) -> Flows:
        """Build the flows over these requests."""
        return build_flows(replace(self.harness.ports, requests=self.requests))

    def at(self, moment: datetime) -> None:
        """Set its clock."""
        self.harness.clock.at = moment

    async def decides(self, actor: Actor, command: Deciding) -> Outcome:
        """Decide in this process."""
        job = await self.harness.job(actor, "requests")
        who = await self.harness.who(actor)
        return await self.flows.decider.decide(job, who.person, command)

    async def checks_deadlines(self) -> None:
        """Check the deadlines."""
        assert [] == await self.flows.deadline_keeper.look()


@asynccontextmanager
async def processes(server: Path, count: int) -> AsyncIterator[list[Process]]:
    """Start processes on one server."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            redis = await stack.enter_async_context(connected(server))
            store = Store(redis)
            ledger = Ledger(redis, store, ChainKey(b"k" * 32))
            signed = open_signed(store, ledger)
            requests = RedisRequests(store, ledger, signed, Queue(), claim_ttl=CLAIM_TTL)
            found.append(Process(staffed(), store, requests))
        yield found


async def opened(process: Process, number: int) -> Request:
    """Open a request in Redis."""
    harness = process.harness
    draft = await asked(harness)
    entry = harness.jobs.entries[-1]
    gone = replace(draft, state=State.CANCELLED, version=draft.version + 1)
    assert await harness.requests.replace(draft, gone, entry)  # only Redis's own one is open
    made = replace(draft, id=f"{number:08x}r")
    await process.requests.open(made, entry, [])
    return made


async def carried_out(process: Process) -> list[str]:
    """List the ids of queued jobs."""
    return [fields["id"] for _, fields in await process.store.stream(CARRIED_OUT, "-", "+", 100)]


async def ended(process: Process, request: Request) -> State:
    """Read its state."""
    found = await process.requests.load(request.id)
    assert found
    return found.state
