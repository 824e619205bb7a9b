"""What an adoption must not change, when its list is confirmed late."""

import pytest

from tests.flows.harness import COLLEAGUE, DEV, TECH, Harness, staffed
from tests.flows.test_adoption import adopt, confirmed, listed, owner_of


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


async def test_a_key_that_got_another_owner_keeps_its_note(harness: Harness) -> None:
    """The list showed a key without an owner: neither owner nor note is changed of one who has"""
    bulk = listed(await harness.run(TECH, adopt("ci-bot,uploader", more=" --note builds")))
    await harness.run(COLLEAGUE, f"key owner ci-bot @{COLLEAGUE.user_id} --env shop-dev")
    await harness.run(COLLEAGUE, 'key note ci-bot "deploys the shop" --env shop-dev')
    done = await confirmed(harness, bulk)
    assert COLLEAGUE == await owner_of(harness, "ci-bot")
    notes = list[str]()
    for name in ("ci-bot", "uploader"):
        record = await harness.records.find((await harness.key(DEV, name)).api_key)
        notes.append(record.purpose if record else "")
    assert ["deploys the shop", "builds"] == notes
    assert ["skipped"] * 2 + ["done"] * 2 == [part.state for part in done.parts]
