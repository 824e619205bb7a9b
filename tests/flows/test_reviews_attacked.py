"""What people try with an access review that is not theirs to answer or to read."""

from dataclasses import replace

import pytest

from bot.domain.access_reviews import Answer
from bot.domain.outcomes.access import Unknown
from bot.domain.outcomes.access_reviews import NoSuchReview, ReviewBegun, ReviewReported
from bot.domain.people import Role
from tests.flows.harness import ADMIN, BILLING, CHIEF, DEV, NARROW, PROD, Harness, staffed
from tests.flows.requested import give_role
from tests.flows.reviewing import answer_of, begun, found, refused, says, works


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


async def test_whom_cloudinary_disabled_keeps_no_key(harness: Harness) -> None:
    """An owner who may not even ask for credentials vouches for none, and sees no names"""
    review = await begun(harness)
    user = harness.add_member(BILLING, Role.BILLING)
    harness.account.add_user(replace(user, enabled=False))
    assert isinstance(await says(harness, review, "keep", BILLING, "uploader"), Unknown)
    assert isinstance(await harness.run(BILLING, "review mine"), Unknown)
    assert Answer.NONE is await answer_of(harness, review, "uploader")
    await harness.run(BILLING, "key disable uploader --env shop-dev")
    assert not await works(harness, "uploader")


async def test_a_refusal_tells_no_one_which_keys_a_review_has(harness: Harness) -> None:
    """A key of the review and one of none are answered alike, however they are written"""
    review = await begun(harness)
    theirs = (await found(harness, review)).api_key
    for form in ("", "key:"):
        said = [
            await harness.run(BILLING, f"review answer {review.id} {form}{key} end")
            for key in (theirs, "799999999999999")
        ]
        assert ["not_yours"] * 2 == [refused(each) for each in said]
        assert repr(said[0]).replace(theirs, "x") == repr(said[1]).replace("799999999999999", "x")


async def test_keys_of_an_environment_that_is_gone_are_shown_to_who_saw_all(
    harness: Harness,
) -> None:
    """An admin of another environment reads nothing of it; one of the whole account does"""
    outcome = await harness.run(CHIEF, "review keys --env shop")
    assert isinstance(outcome, ReviewBegun)
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    text = f"review report {outcome.review.id}"
    assert isinstance(await harness.run(NARROW, text), NoSuchReview)
    harness.account.remove_environment(PROD.id)
    assert isinstance(await harness.run(NARROW, text), NoSuchReview)
    assert isinstance(await harness.run(ADMIN, text), ReviewReported)
    give_role(harness, ADMIN, Role.BILLING)
    assert not isinstance(await harness.run(ADMIN, text), ReviewReported)
