"""A key that the Console gave another key's API key as its name is never taken for that key."""

from dataclasses import replace

import pytest

from bot.domain.keys import Key
from tests.flows.harness import BILLING, COLLEAGUE, DEV, TECH, Harness, staffed
from tests.flows.test_adoption import adopt, listed
from tests.flows.test_bulk_keys import add, previewed, report


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


async def impostor(harness: Harness, victim: Key) -> Key:
    """Remove a key, and give another one its API key as a name, as the Console lets people do."""
    other = await harness.key(DEV, "uploader")
    harness.account.remove_key(DEV.id, victim.api_key)
    return harness.account.replace_key(DEV.id, replace(other, name=victim.api_key))


async def now(harness: Harness, key: Key) -> Key:
    """Read a key again."""
    return next(it for it in await harness.account.keys(DEV.id) if it.api_key == key.api_key)


@pytest.mark.parametrize("verb", ["disable", "delete", "rotate"])
async def test_a_list_changes_no_key_of_such_a_name(harness: Harness, verb: str) -> None:
    """The key of the list is gone: nothing is left to change, and no request is opened"""
    old, *_ = await add(harness, 1)
    more = "" if verb == "disable" else " --reason x"
    bulk = await previewed(harness, f"key {verb} --env shop-dev --stale 90d{more}")
    assert [old.api_key] == [part.command.split()[2] for part in bulk.parts]
    other = await impostor(harness, old)
    done = report(await harness.run(TECH, f"key {verb} --resume {bulk.id}"))
    assert ["skipped"] == [part.state for part in done.parts]
    assert (await now(harness, other)).enabled
    assert [] == await harness.requests.opened_by(TECH, 9)


async def test_an_adoption_takes_over_no_key_of_such_a_name(harness: Harness) -> None:
    """That key has an owner, who stays"""
    await harness.run(TECH, f"key owner uploader @{COLLEAGUE.user_id} --env shop-dev")
    bulk = listed(await harness.run(TECH, adopt("ci-bot", BILLING)))
    other = await impostor(harness, await harness.key(DEV, "ci-bot"))
    await harness.run(TECH, f"key adopt --resume {bulk.id}")
    own = await harness.pending.owner_of(other.api_key)
    assert own
    assert COLLEAGUE == own.owner
