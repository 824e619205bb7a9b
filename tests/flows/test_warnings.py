from datetime import timedelta

import pytest

from bot.domain.requests.notifications import Topic
from tests.flows.harness import COLLEAGUE, NEWCOMER, Harness
from tests.flows.requested import WISH, asked, carried_out, collected, kept, looked

HOUR = timedelta(hours=1)


async def warned(harness: Harness, span: timedelta) -> list[timedelta]:
    """Return when the owner is warned within a time from now, in steps of half an hour."""
    begun, before, warnings = harness.clock.now(), len(harness.requests.notifications), []
    while harness.clock.now() - begun < span:
        await looked(harness)
        said = [each.topic for each in harness.requests.notifications[before:]]
        before += len(said)
        warnings += [harness.clock.now() - begun for topic in said if topic is Topic.ENDING]
        harness.clock.at += HOUR / 2
    return warnings


@pytest.mark.parametrize(
    ("lasts", "hours"), [("30m", []), ("2h", [1]), ("12h", [11]), ("2d", [24, 47])]
)
async def test_there_is_no_warning_at_the_start(
    harness: Harness, lasts: str, hours: list[int]
) -> None:
    """A day and an hour before the end, if the access lasts longer than that."""
    await collected(harness, f"{WISH} --expires {lasts}")
    assert [hour * HOUR for hour in hours] == await warned(harness, 60 * HOUR)


async def test_a_short_renewal_warns_of_its_own_end_alone(harness: Harness) -> None:
    """Not of the day before, which is over."""
    first = await collected(harness, f"{WISH} --expires 1h")
    text = f"renew {first.id} --reason more --expires 6h"
    request = await asked(harness, text, NEWCOMER)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    await carried_out(harness, request)
    assert harness.clock.now() + 6 * HOUR == (await kept(harness, first)).ends_at
    assert [5 * HOUR] == await warned(harness, 24 * HOUR)
