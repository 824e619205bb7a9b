"""A schedule that another person ends or makes longer: those whose it was are told, once."""

import pytest

from bot.cards.kit import plain
from bot.cards.rotation_schedules import rotation_news
from bot.domain.outcomes.rotations import RotationScheduled
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience
from bot.domain.rotation_schedules import RotationNews
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, TECH, Harness, staffed

SET = "key rotate {} --every 30d"
PRODUCTION = "shop-web --env shop"
DEVELOPMENT = "ci-bot --env shop-dev"


async def told(harness: Harness, key: str, every: str, by: Actor) -> list[tuple[Audience, str]]:
    """Set a schedule, and let a person change it; who is told of that."""
    assert isinstance(await harness.run(TECH, SET.format(key)), RotationScheduled)
    assert not harness.requests.rotations.told
    changed = await harness.run(by, f"key rotate {key} --every {every}")
    assert isinstance(changed, RotationScheduled)
    return [(it.audience, it.to) for it in harness.requests.rotations.told]


@pytest.mark.parametrize("every", ["off", "60d"])
async def test_the_end_of_another_persons_schedule_is_told(every: str) -> None:
    """To who set it, the owner, and security where rotations need an approval"""
    harness = staffed()
    await harness.run(ADMIN, f"key owner ci-bot @{BILLING.user_id} --env shop-dev")
    person = Audience.PERSON
    owned = await told(harness, DEVELOPMENT, every, COLLEAGUE)
    assert {(person, BILLING.user_id), (person, TECH.user_id)} == set(owned)
    assert len(owned) == 2
    grave = await told(staffed(), PRODUCTION, every, COLLEAGUE)
    assert {(person, TECH.user_id), (Audience.SECURITY, "")} == set(grave)


@pytest.mark.parametrize(
    ("every", "by"), [("off", TECH), ("60d", TECH), ("20d", COLLEAGUE), ("30d", COLLEAGUE)]
)
async def test_what_concerns_no_other_person_is_not_told(every: str, by: Actor) -> None:
    """Their own schedule, and one that rotates no less often"""
    assert [] == await told(staffed(), PRODUCTION, every, by)


@pytest.mark.parametrize(("every", "said"), [("off", "ended"), ("60d", "every 60 days, not every")])
async def test_the_message_says_who_did_it_and_how_to_set_it_again(every: str, said: str) -> None:
    """With the former time"""
    harness = staffed()
    await told(harness, PRODUCTION, every, COLLEAGUE)
    for each in harness.requests.rotations.told:
        text = plain(rotation_news(RotationNews.read(each.text)))
        assert said in text
        assert "every 30 days" in text
        assert "--every 30d" in text
