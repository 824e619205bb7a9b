from dataclasses import replace

import pytest

from bot.domain.claims import Claim
from bot.domain.outcomes import LinkReady
from bot.domain.people import Profile, Role
from bot.errors import SlackError, Unavailable
from tests.flows.office import DEV, PROD, TEAM, TECH, Office


async def claim(office: Office) -> Claim:
    """Credentials that wait for TECH."""
    answer = await office.says(TECH, "key create new --env shop-dev")
    assert isinstance(answer, LinkReady)
    return answer.claim


async def test_who_may_still_make_such_a_key_may_collect_it(office: Office) -> None:
    """Nothing has changed since"""
    assert await office.flows.access.may_still_claim(await claim(office))


async def test_who_was_deactivated_may_collect_nothing(office: Office) -> None:
    """Slack is asked anew, whatever was remembered"""
    waiting = await claim(office)
    gone = Profile(TECH.user_id, TEAM, "Tech", "tech@lumen.example", deleted=True)
    office.directory.add(gone)
    assert not await office.flows.access.may_still_claim(waiting)


async def test_who_lost_the_role_may_collect_nothing(office: Office) -> None:
    """Cloudinary is asked anew, too"""
    waiting = await claim(office)
    office.add_member(TECH, Role.BILLING)
    assert not await office.flows.access.may_still_claim(waiting)


async def test_who_lost_access_there_may_collect_nothing(office: Office) -> None:
    """Though they have it elsewhere"""
    waiting = await claim(office)
    office.add_member(TECH, Role.TECHNICAL_ADMIN, reaches=PROD)
    assert not await office.flows.access.may_still_claim(waiting)


async def test_who_is_no_longer_at_cloudinary_may_collect_nothing(office: Office) -> None:
    """A disabled user is none"""
    waiting = await claim(office)
    user = office.add_member(TECH, Role.TECHNICAL_ADMIN)
    office.account.add_user(replace(user, enabled=False))
    assert not await office.flows.access.may_still_claim(waiting)


async def test_nothing_is_collected_of_an_environment_that_is_gone(office: Office) -> None:
    """No question is left that could be answered yes"""
    waiting = replace(await claim(office), environment_id="e-gone")
    assert not await office.flows.access.may_still_claim(waiting)


async def test_what_now_wants_approval_is_not_collected_without(office: Office) -> None:
    """An environment that became production since is production now"""
    office.account.add_environment(replace(DEV, name="Shop production"))
    waiting = Claim("c9", TECH, DEV.id, DEV.name, DEV.cloud_name, "814", "new", office.clock.now())
    assert not await office.flows.access.may_still_claim(waiting)


@pytest.mark.parametrize("away", ["slack", "cloudinary"])
async def test_where_nobody_answers_nothing_is_allowed(away: str, office: Office) -> None:
    """The error goes up; it is no yes"""
    waiting = await claim(office)
    if away == "slack":
        waiting = replace(waiting, owner=replace(TECH, user_id="U0NOBODY"))
    else:
        office.account.fail_next("environments", Unavailable("gone", maybe_done=False))
    with pytest.raises((SlackError, Unavailable)):
        await office.flows.access.may_still_claim(waiting)
