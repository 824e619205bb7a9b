"""Begins access reviews, and answers for keys, for the tests of reviews."""

from datetime import timedelta

from bot.domain.access_reviews import Answer, Review, ReviewedKey, ReviewNews
from bot.domain.environments import Environment
from bot.domain.outcomes.access_reviews import ReviewBegun, ReviewListed, ReviewRefused
from bot.domain.outcomes.key_records import OwnerAssigned
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience
from tests.flows.harness import ADMIN, BILLING, DEV, NEWCOMER, TECH, Harness

OWNERS = {"ci-bot": NEWCOMER, "uploader": BILLING}
"""Two owners without a key role; the other keys have none."""


async def owned(harness: Harness) -> None:
    """Give keys their owners."""
    for name, owner in OWNERS.items():
        text = f"key owner {name} @{owner.user_id} --env shop-dev"
        assert isinstance(await harness.run(TECH, text), OwnerAssigned)


async def begun(harness: Harness, text: str = "review keys --env shop-dev") -> Review:
    """Give keys their owners, and begin a review."""
    await owned(harness)
    outcome = await harness.run(ADMIN, text)
    assert isinstance(outcome, ReviewBegun), outcome
    return outcome.review


async def stored(harness: Harness, review: Review) -> Review:
    """Read a review."""
    found = await harness.reviews.load(review.id)
    assert found
    return found


async def found(harness: Harness, review: Review, name: str = "ci-bot") -> ReviewedKey:
    """Read one of its keys."""
    return next(it for it in (await stored(harness, review)).keys if it.name == name)


async def says(
    harness: Harness, review: Review, answer: str, by: Actor = NEWCOMER, name: str = "ci-bot"
) -> Outcome:
    """Answer for a key."""
    harness.clock.go_on(seconds=1)
    key = await found(harness, review, name)
    return await harness.run(by, f"review answer {review.id} {key.api_key} {answer}")


async def answer_of(harness: Harness, review: Review, name: str = "ci-bot") -> Answer:
    """Read the answer for a key."""
    return (await found(harness, review, name)).answer


async def works(harness: Harness, name: str = "ci-bot", place: Environment = DEV) -> bool:
    """Whether a key works."""
    return (await harness.key(place, name)).enabled


async def waits(harness: Harness, by: Actor) -> list[str]:
    """The keys that wait for a person, or that they kept."""
    outcome = await harness.run(by, "review mine")
    assert isinstance(outcome, ReviewListed)
    return [key.name for _, key in outcome.page.shown]


async def later(harness: Harness, days: float) -> None:
    """Let time pass, and let the clock look."""
    harness.clock.at += timedelta(days=days)
    assert [] == list(await harness.flows.review_keeper.look())


def told(harness: Harness, news: ReviewNews, audience: Audience = Audience.PERSON) -> list[str]:
    """Who was told, and about how many keys."""
    split = [(it, it.text.split()) for it in harness.reviews.notifications]
    return [f"{it.to} {at[2]}" for it, at in split if it.audience is audience and at[1] == news]


def refused(outcome: Outcome) -> str:
    """Why an answer was not taken."""
    assert isinstance(outcome, ReviewRefused), outcome
    return str(outcome.reason)
