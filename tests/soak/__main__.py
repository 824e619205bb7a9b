"""`make soak`: the whole deployment under load for half an hour while its parts are killed.

    python -m tests.soak [--minutes 30] [--rate 20] [--every 20] [--seed N]
        [--faults stop kill redis]

It prints how many acts of each kind were lost, doubled or left without an answer, and what grew.
The exit code is 0 only if all of that is nothing, and if there was enough to see: acknowledged
acts, the planned faults, and in a run of five minutes or more the memory of two processes that are
spared, and of Redis.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.exceptions import RedisError

from bot.adapters.redis.store import as_items
from bot.adapters.tasks import end
from tests.faults.crash_points import AUDIT
from tests.scenarios.presses import QUEUES
from tests.scenarios.processes import run
from tests.scenarios.system import Json, until
from tests.soak.farm import Farm, farm
from tests.soak.load import Load
from tests.soak.report import FAULTS, Plan, Report
from tests.soak.stories import mixed
from tests.soak.tally import READ, Sample, done_twice, failed, kinds, unclosed

SETTLE = 120.0
"""Seconds after the last fault in which everything must have its answer."""
SAMPLE = 15.0
"""Seconds between two looks at memory and keys."""


async def soak(directory: Path, plan: Plan) -> Report:
    """Run one soak."""
    async with farm(directory, people=max(4, int(plan.rate * 1.5))) as running:
        return await _soak(running, plan)


async def _soak(running: Farm, plan: Plan) -> Report:
    chance, report = random.Random(plan.seed), Report(plan)  # noqa: S311  # a plan, not a secret
    load = Load(running, plan.rate, chance, mixed)
    await until(lambda: running.command(running.people[0].id, "whoami"), 60)
    async with _repeated(running, load, report, plan, chance):
        await load.run(plan.seconds)
    with contextlib.suppress(TimeoutError):  # what is left is in the report
        await until(lambda: settled(running), SETTLE)
    await load.count_keys(forget=False)
    fill(report, running, await entries(running))
    report.verify = await verified(running)
    return report


def fill(report: Report, running: Farm, log: list[Json]) -> None:
    """Count what was lost, doubled or unanswered."""
    tally, of = running.tally, kinds(log)
    report.sent, report.acked, report.killed = tally.sent, tally.acks, running.killed
    report.p99 = tally.p99()
    unanswered, twice, cards = tally.unanswered(), done_twice(log), running.cards_doubled()
    ended = sorted(unclosed(log)), sorted(failed(log))
    report.unanswered = Counter(unanswered.values())
    report.lost = Counter(of.get(job, READ) for jobs in ended for job in jobs)
    report.lost += Counter(tally.stuck.values())
    report.lost += Counter("creation" for _ in tally.without_effect())
    report.lost += Counter("disabling" if on else "opening" for on in tally.wrong.values())
    report.doubled = Counter(twice.values()) + Counter("request" for _ in cards)
    report.doubled += Counter("creation" for _ in tally.doubled())
    found = {
        "jobs without an end": ended[0],
        "jobs that failed": ended[1],
        "creations without a key": sorted(tally.without_effect()),
        "stories that stopped": sorted(tally.stuck.items()),
        "keys that are wrongly enabled or disabled": sorted(tally.wrong.items()),
        "without an answer": sorted(unanswered),
        "jobs done twice": sorted(twice),
        "commands with two keys": sorted(tally.doubled()),
        "requests with two cards": sorted(cards),
    }
    report.details = [f"{what}: {which}" for what, which in found.items() if which]


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
            await running.disturb(chance, plan.faults, plan.spared)

    async def sample() -> None:
        while True:
            await asyncio.sleep(SAMPLE)
            await load.count_keys(forget=True)
            sent = running.tally.sent.total()
            report.samples.append(Sample(sent, await _redis_memory(running), running.memory()))

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
    with contextlib.suppress(RedisError, OSError):
        async with running.redis.client() as redis:
            return int((await redis.info("memory"))["used_memory_dataset"])
    return 0


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
