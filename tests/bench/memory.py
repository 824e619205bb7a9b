"""How many bytes of Redis a kept command and a kept request take, on real Redis.

The real flows over the real stores; Slack and Cloudinary are fakes. What expires within a day is
measured apart, and removed before what is kept is measured. The baseline is the least that a log of
the same entries takes: an XADD of each body alone into a stream.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from bot.adapters.redis.connection import connected
from bot.adapters.redis.embedded import embedded_redis
from bot.adapters.redis.names import JOBS, JOBS_RESERVED, NOTICES, OUTBOX, OUTBOX_SECURITY
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import Stores, open_stores
from bot.adapters.vault import seal_bundle
from bot.domain.jobs import Reply
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.redis_url import RedisAddress
from bot.flows.build import build_flows
from bot.flows.build_ports import Flows, Ports
from bot.flows.intake import Accepted, Delivery
from bot.flows.links.make import LinkCreator
from tests.flows.harness import NEWCOMER, TECH, Harness, staffed
from tests.flows.requested import WISH

COMMANDS: Final = 2_000
REQUESTS: Final = 200
TEXTS: Final = ("key list", "key disable ci-bot", "env list", "key enable ci-bot")
KEY: Final = b"k" * 32
TTL: Final = timedelta(hours=8)
A_DAY: Final = 86_400
QUEUES: Final = (JOBS, JOBS_RESERVED, NOTICES, OUTBOX, OUTBOX_SECURITY)
BASELINE: Final = "baseline"
_EXPIRE: Final = """
for _, key in ipairs(redis.call('KEYS', '*')) do
  local ttl = redis.call('TTL', key)
  if ttl >= 0 and ttl <= tonumber(ARGV[1]) then redis.call('DEL', key) end
end
"""


@dataclass(frozen=True)
class Bytes:
    """Of one command or request: on its first day, and kept; its entries in the bare stream."""

    first_day: float
    kept: float
    baseline: float
    entries: float

    def __str__(self) -> str:
        return (
            f"{self.kept:7,.0f} bytes kept ({self.kept / self.baseline:.2f} of its"
            f" {self.entries:.1f} entries alone), {self.first_day:7,.0f} on the first day"
        )


class Measured:
    """The real flows over one Redis, and what Redis takes."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.harness: Harness = staffed()
        self.stores: Stores = open_stores(redis, [KEY], link_ttl=TTL, claim_ttl=TTL)
        self.flows: Flows = build_flows(self._ports())

    def _ports(self) -> Ports:
        stores, clock = self.stores, self.harness.clock
        return replace(
            self.harness.ports,
            jobs=stores.jobs,
            requests=stores.requests,
            pending=stores.links,
            links=LinkCreator(stores.links, clock, seal_bundle, "https://k.example", TTL),
            bindings=stores.bindings,
            delegations=stores.delegations,
            tiers=stores.tiers,
            locks=stores.locks,
            new_id=self._new_id,
        )

    def _new_id(self) -> str:
        return secrets.token_hex(8)

    async def command(self, actor: Actor, text: str) -> Outcome:
        """Accept a command, run its job, and take both from the queues, as the bot does."""
        delivery = Delivery(actor, text, Reply("https://hooks.slack.example/r"), self._new_id())
        await self.redis.delete(*QUEUES)
        assert isinstance(await self.flows.intake.accept(delivery), Accepted)
        store, queued = Store(self.redis), []
        for queue in (JOBS_RESERVED, JOBS):
            queued += [fields["id"] for _, fields in await store.stream(queue, "-", "+", 10)]
        (job_id,) = queued
        return await self.run(job_id)

    async def run(self, job_id: str) -> Outcome:
        """Run a stored job."""
        job = await self.stores.jobs.load(job_id)
        assert job
        outcome = await self.flows.dispatcher.run(job)
        self.harness.clock.go_on(seconds=1)
        return outcome

    async def request(self, _: int) -> None:
        """Ask for credentials, approve them, and create the key."""
        outcome = await self.command(NEWCOMER, WISH)
        assert isinstance(outcome, Requested), outcome
        await self.command(TECH, f"approve {outcome.request.id}")
        assert isinstance(made := await self.run(outcome.request.id), KeyCreated), made

    async def one_command(self, number: int) -> None:
        """Give the next command of a technical admin."""
        await self.command(TECH, TEXTS[number % len(TEXTS)])

    async def used(self) -> int:
        """Read how much memory Redis uses for its data."""
        return int((await self.redis.info("memory"))["used_memory"])

    async def measure(self, do: Callable[[int], Awaitable[None]], times: int) -> Bytes:
        """Do something many times, and divide what it took."""
        for number in range(len(TEXTS)):
            await do(number)  # names and indexes that there are once
        await self._day_passes()
        seen = [record.seq async for record in self.stores.ledger.records()][-1]
        before = await self.used()
        for number in range(times):
            await do(number)
        full = await self.used() - before
        await self._day_passes()
        kept = await self.used() - before
        bodies = [record.body async for record in self.stores.ledger.records(seen)]
        bare = await self._bare(bodies)
        return Bytes(full / times, kept / times, bare / times, len(bodies) / times)

    async def _day_passes(self) -> None:
        await self.redis.delete(*QUEUES)
        await Store(self.redis).call("EVAL", _EXPIRE, "0", str(A_DAY))

    async def _bare(self, bodies: list[str]) -> int:
        before = await self.used()
        for body in bodies:
            await self.redis.xadd(BASELINE, {"body": body})
        spent = await self.used() - before
        await self.redis.delete(BASELINE)
        return spent


async def memory(
    directory: Path, commands: int = COMMANDS, requests: int = REQUESTS
) -> dict[str, Bytes]:
    """Measure a command and a request, in bytes."""
    where = directory / "memory"
    async with embedded_redis(where) as url, connected(RedisAddress.parse(url)) as redis:
        one = Measured(redis)
        command = await one.measure(one.one_command, commands)
        await redis.flushall()
        one = Measured(redis)
        return {"command": command, "request": await one.measure(one.request, requests)}
