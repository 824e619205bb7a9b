"""What it costs to compare all keys with their records, in an account of 200 environments.

The real flow and the real client against the sandbox's Cloudinary; the records are a fake. Calls
and records are the same in each run. The baseline is a pass of the same run in which nothing
changed: what changes add to it is the same in a tenth of the account.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.requests.notifications import Audience, Notification
from sandbox.large import Size
from tests.bench.large_account import TENTH, WHOLE, Spent, Stage, stage

CHANGED: Final = (1, 10)
"""Environments in which keys change between two passes."""
IN_EACH: Final = 2
"""Keys that change in each of them."""


@dataclass(frozen=True)
class Pass:
    """What one pass took: calls and seconds, records written, and messages to security."""

    spent: Spent
    records: int
    told: int


async def passed(it: Stage) -> Pass:
    """Compare all keys, without the pauses between environments."""
    records = it.harness.records
    kept, told = dict(records.kept), len(_to_security(records.told))
    flow = replace(it.harness.flows.reconciler, pause=0.0)
    spent = await it.spent(flow.look)
    written = sum(kept.get(api_key) is not each for api_key, each in records.kept.items())
    return Pass(spent, written, len(_to_security(records.told)) - told)


def _to_security(told: list[Notification]) -> list[Notification]:
    return [each for each in told if each.audience is Audience.SECURITY]


async def change(it: Stage, environments: int) -> None:
    """Rename keys in each of so many environments, as a person in the Console does."""
    for place in (await it.client.environments())[:environments]:
        keys = [key for key in await it.client.keys(place.id) if not key.root]
        for key in keys[:IN_EACH]:
            name = f"{it.harness.clock.now():%H%M} {key.name}"
            await it.client.rename(place.id, key.api_key, name)


async def passes(size: Size) -> dict[str, Pass]:
    """The first pass, one without a change, and one for each number of changes."""
    async with stage(size) as it:
        found = {"first": await passed(it)}
        for number in CHANGED:
            it.harness.clock.go_on(minutes=5)
            found["unchanged"] = await passed(it)
            await change(it, number)
            found[f"{IN_EACH * number} changed"] = await passed(it)
        return found


async def lines(small: Size = TENTH, whole: Size = WHOLE) -> AsyncIterator[str]:
    """Draw a table: calls, and what a change adds to them."""
    less, found = await passes(small), await passes(whole)
    base, small_base = found["unchanged"].spent, less["unchanged"].spent
    for what, taken in found.items():
        more, same = taken.spent.calls - base.calls, less[what].spent.calls - small_base.calls
        took = f"{taken.spent.seconds / base.seconds:.1f} times an unchanged pass"
        yield (
            f"{what:<12} {taken.spent.calls:>4} calls, {more:+} for what changed ({same:+} in a"
            f" tenth), {taken.records} records, {taken.told} messages, {took}"
        )
