"""How many calls each command takes in a large account, over the real client; nothing is timed."""

from typing import Final

import pytest

from bot.flows import reads
from sandbox.large import Size, large
from tests.bench.keys_compared import passes
from tests.bench.large_account import REACHED_BY_FEW, Spent, counted, stage

SMALL: Final = Size(12, 200, 120, 10)
DOUBLE: Final = Size(24, 400, 120, 10)
HALF: Final = Size(6, 100, 120, 10)
"""For what each command costs, twice this is enough: it runs dozens of them as two people."""
BESIDE: Final = 12
"""Calls that a command takes beside its reads in each environment: identity, lists, roles."""


async def spent(size: Size, *, permissions: bool) -> dict[tuple[str, str], Spent]:
    """Count everything once."""
    async with stage(size, permissions=permissions) as it:
        return await counted(it)


def test_the_large_account_is_the_same_each_time() -> None:
    """As large as it says, around the company's own"""
    size = Size()
    seed = large(size)
    assert seed == large(size)
    found = (seed.environments, seed.keys, seed.users, seed.groups)
    assert (200, 5_000, 2_000, 60) == tuple(map(len, found))
    assert len({each.email for each in seed.users}) == len(seed.users)


@pytest.mark.parametrize("permissions", [False, True], ids=["legacy", "roles"])
async def test_calls_grow_only_with_what_the_person_reaches(permissions: bool) -> None:  # noqa: FBT001  # a parameter of the table
    """Twice the account costs a person of three environments nothing more"""
    small = await spent(HALF, permissions=permissions)
    double = await spent(SMALL, permissions=permissions)
    each = 3 if permissions else 1  # rights and keys in each, and the roles of the keys shown
    for (what, who), taken in double.items():
        assert taken.at_once <= reads.AT_ONCE
        if who == "few":
            assert small[what, who].calls == taken.calls
            assert taken.calls <= each * REACHED_BY_FEW + BESIDE
        else:
            assert taken.calls <= each * SMALL.environments + BESIDE


@pytest.mark.parametrize("size", [SMALL, DOUBLE], ids=["small", "double"])
async def test_comparing_all_keys_costs_little_for_each_change(size: Size) -> None:
    """One list for each environment, one more for each that changed; what did not is not written"""
    found = await passes(size)
    unchanged = found["unchanged"]
    assert (1 + size.environments, 0, 0) == (
        *(unchanged.spent.calls, unchanged.records),
        unchanged.told,
    )
    for environments in (1, 10):
        taken = found[f"{2 * environments} changed"]
        assert environments == taken.spent.calls - unchanged.spent.calls
        assert (2 * environments, environments) == (taken.records, taken.told)
    assert size.keys == found["first"].records
