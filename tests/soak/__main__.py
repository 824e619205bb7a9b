"""`make soak`: the whole deployment under load for half an hour while its parts are killed.

    python -m tests.soak [--minutes 30] [--rate 20] [--every 20] [--seed N]
        [--faults stop kill redis]

It prints how many acknowledged commands were lost, doubled or left without an answer, and what
grew. The exit code is 0 only if all of that is nothing.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.redis.store import as_items
from bot.adapters.tasks import end
from tests.faults.crash_points import AUDIT, QUEUES
from tests.scenarios.processes import run
from tests.scenarios.system import Json, until
from tests.soak.farm import Farm, farm
from tests.soak.load import Load
from tests.soak.tally import FLAT, Sample, bytes_per_command, failed, growth, unclosed

FAULTS = ("kill", "kill", "stop", "redis")
"""One of them at a time; `stop` alone is a rolling restart."""
SETTLE = 120.0
"""Seconds after the last fault in which everything must have its answer."""
SAMPLE = 15.0
"""Seconds between two looks at memory and keys."""


@dataclass(frozen=True)
class Plan:
    """How long, how fast, and how often something is killed; all in seconds or per second."""

    seconds: float
    rate: float
    every: float
    seed: int
    faults: tuple[str, ...] = FAULTS


@dataclass
class Report:
    """What a soak found."""

    sent: int = 0
    acked: int = 0
    p99: float = 0.0
    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    verify: str = ""
    details: list[str] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    @property
    def grown(self) -> dict[str, float]:
        """The processes whose memory is not flat."""
        return {name: by for name, by in growth(self.samples).items() if by > FLAT}

    def lines(self) -> list[str]:
        """Write the report."""
        memory = ", ".join(f"{name} {by:.2f}" for name, by in growth(self.samples).items())
        kills = ", ".join(f"{what} {count}" for what, count in sorted(self.killed.items()))
        per = bytes_per_command(self.samples) if self.samples else 0.0
        return [
            (
                f"sent {self.sent}, acknowledged {self.acked}, 99 of 100 within"
                f" {self.p99 * 1000:.0f} ms; faults: {kills or 'none'}"
            ),
            f"lost {self.lost}, doubled {self.doubled}, unanswered {self.unanswered}",
            f"memory of each process, last third to middle third: {memory or 'too short'}",
            f"Redis keeps {per:.0f} bytes for each command",
            f"audit log: {self.verify}",
            *(each for each in self.details if not each.endswith("[]")),
        ]

    @property
    def passed(self) -> bool:
        """Whether nothing was lost, doubled, unanswered or growing, and the log is intact."""
        nothing = not (self.lost or self.doubled or self.unanswered or self.grown)
        return nothing and "intact" in self.verify


async def soak(directory: Path, plan: Plan) -> Report:
    """Run one soak."""
    async with farm(directory, people=max(4, int(plan.rate * 1.5))) as running:
        return await _soak(running, plan)


async def _soak(running: Farm, plan: Plan) -> Report:
    chance, report = random.Random(plan.seed), Report()  # noqa: S311  # a plan, not a secret
    load = Load(running, plan.rate, chance)
    await until(lambda: running.command(running.people[0].id, "whoami"), 60)
    async with _repeated(running, load, report, plan, chance):
        await load.run(plan.seconds)
    with contextlib.suppress(TimeoutError):  # what is left is in the report
        await until(lambda: settled(running), SETTLE)
    await load.count_keys(forget=False)
    log = await entries(running)
    tally = running.tally
    report.sent, report.acked, report.killed = load.sent, len(tally.acked), running.killed
    report.p99 = tally.p99()
    report.lost = len(unclosed(log) | failed(log)) + len(tally.without_effect())
    report.details = [
        f"jobs without an end: {sorted(unclosed(log))}",
        f"jobs that failed: {sorted(failed(log))}",
        f"creations without a key: {sorted(tally.without_effect())}",
        f"without an answer: {sorted(tally.unanswered())}",
        f"doubled: {sorted(tally.doubled())}",
    ]
    report.doubled, report.unanswered = len(tally.doubled()), len(tally.unanswered())
    report.verify = await verified(running)
    return report


async def verified(running: Farm) -> str:
    """Run `audit verify`; gives what it prints."""
    bot = next(iter(running.bots.values()))
    done = await run(bot.directory, bot.environment, "audit", "verify")
    return (done.out + done.error).strip()


@asynccontextmanager
async def _repeated(
    running: Farm, load: Load, report: Report, plan: Plan, chance: random.Random
) -> AsyncIterator[None]:
    """Disturb and sample while the block runs."""

    async def disturb() -> None:
        while True:
            await asyncio.sleep(plan.every)
            await running.disturb(chance, plan.faults)

    async def sample() -> None:
        while True:
            await asyncio.sleep(SAMPLE)
            await load.count_keys(forget=True)
            report.samples.append(Sample(load.sent, await _redis_memory(running), running.memory()))

    tasks = asyncio.create_task(disturb()), asyncio.create_task(sample())
    try:
        yield
    finally:
        await end(tasks[1])
        await until(lambda: _quiet(running))
        await end(tasks[0])
        for task in tasks:
            if not task.cancelled():
                task.result()


async def _quiet(running: Farm) -> bool:
    return not running.busy


async def settled(running: Farm) -> bool:
    """Whether every queue is empty and each command has its answer."""
    async with running.redis.client() as redis:
        waiting = [await redis.xlen(queue) for queue in QUEUES]
    return not any(waiting) and not running.tally.unanswered()


async def _redis_memory(running: Farm) -> int:
    if "redis" in running.busy:
        return 0
    async with running.redis.client() as redis:
        return int((await redis.info("memory"))["used_memory_dataset"])


async def entries(running: Farm) -> list[Json]:
    """Read the audit log from Redis."""
    async with running.redis.client() as redis:
        found = as_items(await redis.xrange(AUDIT))
    return [json.loads(fields["body"]) for _, fields in found]


def main() -> int:
    """Run a soak, and print its report."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--every", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--faults", nargs="+", choices=sorted({*FAULTS}), default=FAULTS)
    given = parser.parse_args()
    plan = Plan(given.minutes * 60, given.rate, given.every, given.seed, (*given.faults,))
    sys.stdout.write(f"seed {plan.seed}\n")
    with tempfile.TemporaryDirectory() as scratch:
        report = asyncio.run(soak(Path(scratch), plan))
    sys.stdout.writelines(f"{line}\n" for line in report.lines())
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
