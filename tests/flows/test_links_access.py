from dataclasses import replace

import pytest

from bot.domain.outcomes.links import LinkReady
from bot.domain.pending import PendingCredentials
from bot.domain.people import Profile, Role
from bot.errors import SlackError, Unavailable
from tests.flows.harness import DEV, PROD, TEAM, TECH, Harness


async def pending(harness: Harness) -> PendingCredentials:
    """Credentials that wait for TECH."""
    answer = await harness.run(TECH, "key create new --env shop-dev")
    assert isinstance(answer, LinkReady)
    return answer.pending


async def test_who_may_still_make_such_a_key_may_collect_it(harness: Harness) -> None:
    """Nothing has changed since the creation"""
    assert await harness.flows.access.may_still_claim(await pending(harness))


async def test_who_was_deactivated_may_collect_nothing(harness: Harness) -> None:
    """Slack is read again, even with a remembered identity"""
    waiting = await pending(harness)
    gone = Profile(TECH.user_id, TEAM, "Tech", "tech@lumen.example", deleted=True)
    harness.directory.add(gone)
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_who_lost_the_role_may_collect_nothing(harness: Harness) -> None:
    """Cloudinary is read again, too"""
    waiting = await pending(harness)
    harness.add_member(TECH, Role.BILLING)
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_who_lost_access_there_may_collect_nothing(harness: Harness) -> None:
    """Even with access to another environment"""
    waiting = await pending(harness)
    harness.add_member(TECH, Role.TECHNICAL_ADMIN, reaches=PROD)
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_who_is_no_longer_at_cloudinary_may_collect_nothing(harness: Harness) -> None:
    """A disabled user counts as none"""
    waiting = await pending(harness)
    user = harness.add_member(TECH, Role.TECHNICAL_ADMIN)
    harness.account.add_user(replace(user, enabled=False))
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_nothing_is_collected_of_an_environment_that_is_gone(harness: Harness) -> None:
    """No environment is left for which the policy could allow it"""
    waiting = replace(await pending(harness), environment_id="e-gone")
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_what_now_wants_approval_is_not_collected_without(harness: Harness) -> None:
    """An environment that is production now needs what production needs"""
    harness.account.add_environment(replace(DEV, name="Shop production"))
    waiting = PendingCredentials(
        "c9", TECH, DEV.id, DEV.name, DEV.cloud_name, "814", "new", harness.clock.now()
    )
    assert not await harness.flows.access.may_still_claim(waiting)


@pytest.mark.parametrize("away", ["slack", "cloudinary"])
async def test_without_an_answer_nothing_is_allowed(away: str, harness: Harness) -> None:
    """The error propagates and allows nothing"""
    waiting = await pending(harness)
    if away == "slack":
        waiting = replace(waiting, owner=replace(TECH, user_id="U0NOBODY"))
    else:
        harness.account.fail_next("environments", Unavailable("gone", maybe_done=False))
    with pytest.raises((SlackError, Unavailable)):
        await harness.flows.access.may_still_claim(waiting)


@pytest.mark.parametrize("approved", ["", "ab12-cd34"])
async def test_a_root_key_is_never_handed_over(approved: str, harness: Harness) -> None:
    """Whatever the record of pending credentials says"""
    root = await harness.key(DEV, "")
    waiting = replace(await pending(harness), api_key=root.api_key, approved=approved)
    assert not await harness.flows.access.may_still_claim(waiting)


async def test_a_key_that_became_the_root_key_is_not_handed_over(harness: Harness) -> None:
    """Cloudinary is asked at the reveal"""
    waiting = await pending(harness)
    key = await harness.key(DEV, waiting.name)
    harness.account.replace_key(DEV.id, replace(key, root=True))
    assert not await harness.flows.access.may_still_claim(waiting)
