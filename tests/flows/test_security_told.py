"""The security channel hears of environments, of Master Admins and of an offboarding as a whole."""

import pytest

from bot.cards.keys import notice
from bot.cards.kit import plain
from bot.domain.offboarding import delegation_ended
from tests.flows.harness import ADMIN, CHIEF, Harness
from tests.flows.offboarding import offboarding, settled_in
from tests.flows.requested import approved, carried_out

PLACES = {
    'env disable shop-dev --confirm "Shop dev"': "Admin disabled the environment Shop dev",
    "env disable shop --confirm Shop": "Admin disabled the environment Shop (shop).",
    "env rename shop Web": "Admin renamed the environment Shop to Web (shop).",
}


@pytest.mark.parametrize("text", PLACES)
async def test_security_hears_of_each_change_of_an_environment(harness: Harness, text: str) -> None:
    """At once or by request, whatever the policy says; once"""
    if "shop-dev" in text:
        await harness.run(ADMIN, text)
    else:
        request = await approved(harness, text, ADMIN, to=CHIEF)
        await carried_out(harness, request)
        await harness.again(request.id)
    (told,) = harness.jobs.notices
    assert told.startswith(PLACES[text])


async def test_security_hears_that_an_environment_works_again(harness: Harness) -> None:
    """By the same path"""
    await harness.run(ADMIN, 'env disable shop-dev --confirm "Shop dev"')
    await harness.run(ADMIN, "env enable shop-dev")
    assert harness.jobs.notices[1].startswith("Admin enabled the environment Shop dev")


async def test_security_hears_of_an_offboarding_as_a_whole(harness: Harness) -> None:
    """Once, after its parts"""
    await settled_in(harness)
    request = await offboarding(harness)
    await carried_out(harness, request)
    await harness.again(request.id)
    whole = [it for it in harness.jobs.notices if "offboarded" in it]
    assert ["Admin offboarded tech@lumen.example: 7 of 7 parts ended."] == whole
    assert whole[0] == harness.jobs.notices[-1]


async def test_a_delegation_that_an_offboarding_ends_is_told_with_its_people(
    harness: Harness,
) -> None:
    """By mention; the requester is who asked for the offboarding"""
    await settled_in(harness)
    request = await offboarding(harness)
    await carried_out(harness, request)
    ended = [delegation_ended(each) for each in harness.delegations.notices]
    assert [("U0COLLEAGUE", "U0TECH"), ("U0TECH", "U0BILLING")] == ended
    shown = plain(notice(harness.delegations.notices[0], ADMIN.user_id))
    assert "@U0COLLEAGUE no longer decides for @U0TECH." in shown
    assert {ADMIN} == {each.actor for each in harness.delegations.entries}


def test_no_text_with_more_in_it_mentions_anyone() -> None:
    """A name that a person typed is shown as it is"""
    text = "Delegation ended by offboarding: U1 for U2 renamed the environment Shop"
    assert delegation_ended(text) is None
    assert text in plain(notice(text, ""))
