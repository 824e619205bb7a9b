"""A flood of one person's commands is refused; it fills neither the queue nor the audit log."""

from bot.domain.jobs import Reply
from bot.domain.outcomes.general import TooFast
from bot.domain.pace import BURST, INTERVAL_MS
from bot.domain.people import Actor
from bot.flows.intake import Accepted, Delivery, Receipt
from tests.flows.harness import COLLEAGUE, TECH, Harness


async def given(harness: Harness, text: str, number: int, actor: Actor = TECH) -> Receipt:
    """Deliver one command."""
    return await harness.flows.intake.accept(
        Delivery(actor, text, Reply("https://x"), f"d{number}")
    )


async def test_a_flood_is_told_when_to_try_again(harness: Harness) -> None:
    """Reading commands count, too; one audit entry tells of all that were refused"""
    receipts = [await given(harness, "key list", number) for number in range(100)]
    assert [Accepted()] * BURST == receipts[:BURST]
    assert {TooFast(INTERVAL_MS // 1000)} == set(receipts[BURST:])
    assert BURST == len(harness.jobs.queue)
    assert ["too_fast"] == [it.detail for it in harness.jobs.entries if it.event == "refused"]
    assert BURST + 1 == len(harness.jobs.entries)


async def test_a_flood_stops_neither_others_nor_a_disable(harness: Harness) -> None:
    """Nor a denial"""
    for number in range(100):
        await given(harness, "nonsense", number)
    assert isinstance(await given(harness, "approve c1r", 101), TooFast)
    for number, text in enumerate(("key disable ci-bot", "deny c1r --reason no", "cancel c1r")):
        assert Accepted() == await given(harness, text, 200 + number)
    assert Accepted() == await given(harness, "key list", 300, COLLEAGUE)
