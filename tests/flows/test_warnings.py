from datetime import timedelta

import pytest

from bot.domain.sayings import Topic
from tests.flows.office import COLLEAGUE, NEWCOMER, Office
from tests.flows.requested import WISH, asked, carried_out, collected, kept, looked

HOUR = timedelta(hours=1)


async def warned(office: Office, span: timedelta) -> list[timedelta]:
    """When the owner is warned within a time from now on, looked at every half an hour."""
    begun, before, heard = office.clock.now(), len(office.requests.said), []
    while office.clock.now() - begun < span:
        await looked(office)
        said = [each.topic for each in office.requests.said[before:]]
        before += len(said)
        heard += [office.clock.now() - begun for topic in said if topic is Topic.ENDING]
        office.clock.at += HOUR / 2
    return heard


@pytest.mark.parametrize(
    ("lasts", "hours"), [("30m", []), ("2h", [1]), ("12h", [11]), ("2d", [24, 47])]
)
async def test_nobody_is_warned_at_the_start(office: Office, lasts: str, hours: list[int]) -> None:
    """A day before and an hour before the end, where the access lasts longer than that"""
    await collected(office, f"{WISH} --expires {lasts}")
    assert [hour * HOUR for hour in hours] == await warned(office, 60 * HOUR)


async def test_a_short_renewal_warns_of_its_own_end_alone(office: Office) -> None:
    """Not of the day before, which is over"""
    first = await collected(office, f"{WISH} --expires 1h")
    text = f"renew {first.id} --reason more --expires 6h"
    request = await asked(office, text, NEWCOMER)
    await office.says(COLLEAGUE, f"approve {request.id}")
    await carried_out(office, request)
    assert office.clock.now() + 6 * HOUR == (await kept(office, first)).ends_at
    assert [5 * HOUR] == await warned(office, 24 * HOUR)
