"""What is kept of a key for good: written by the steps that create it and change it."""

from bot.domain.key_records import Line
from tests.flows.harness import CREATE, DEV, TECH, ready, staffed


async def test_a_created_key_has_a_record() -> None:
    """With its purpose; it is disabled, and its owner has not collected it"""
    harness = staffed()
    ready(await harness.run(TECH, f'{CREATE} --reason "nightly uploads"'))
    key = await harness.key(DEV, "new")
    record = await harness.records.find(key.api_key)
    assert record
    assert ("new", DEV.id, "nightly uploads") == (
        record.name,
        record.environment_id,
        record.purpose,
    )
    assert not record.enabled
    assert not record.claimed
    assert (Line(record.first_seen_at, "created", TECH, job="c0"),) == record.history


async def test_a_change_is_in_the_record() -> None:
    """A key of before has none, and gets none by a change"""
    harness = staffed()
    await harness.run(TECH, CREATE)
    await harness.run(TECH, "key rename new newer --env shop-dev")
    key = await harness.key(DEV, "newer")
    record = await harness.records.find(key.api_key)
    assert record
    assert ["renamed", "created"] == [line.what for line in record.history]
    assert "newer" == record.name == record.history[0].detail
    await harness.run(TECH, "key disable ci-bot --env shop-dev")
    assert [key.api_key] == list(harness.records.kept)
