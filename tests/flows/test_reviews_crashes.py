"""A review that is killed at any call is finished by the next process: nothing twice, told once."""

import contextlib
from collections import Counter

import pytest

from bot.domain.access_reviews import Answer, Review, ReviewState
from bot.domain.audit import AuditEvent
from bot.domain.outcomes.access_reviews import ReviewBegun
from bot.errors import StoreError
from tests.fakes.access_reviews import FakeAccessReviews
from tests.flows.failing_fakes import Crash, Failing, FailurePoint, failing
from tests.flows.harness import ADMIN, DEV, NEWCOMER, Harness
from tests.flows.reviewing import answer_of, begun, found, owned, stored, works


class FailingReviews(Failing, FakeAccessReviews):
    """Reviews behind a failure point."""


def ready(point: FailurePoint) -> Harness:
    """People, keys, and every port behind the failure point."""
    harness = failing(point)
    harness.reviews = reviews = FailingReviews(harness.jobs)
    reviews.failure_point = point
    harness.rebuild()
    return harness


def told(harness: Harness) -> list[str]:
    """Every message, with its person."""
    return [f"{it.audience} {it.to} {it.text}" for it in harness.reviews.notifications]


def once(harness: Harness, at: int) -> None:
    """Nothing was told twice, and no change of a key was made twice."""
    assert [] == [each for each, count in Counter(told(harness)).items() if count > 1], at
    done = [it.job for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    assert len({*done}) == len(done), at
    said = Counter(it.detail for it in harness.jobs.entries if it.event is AuditEvent.DECIDED)
    assert {1} >= {*said.values()}, at


CASES = [
    pytest.param(error, after, id=f"{kind}-{'after' if after else 'before'}")
    for kind, error in (("killed", Crash()), ("redis", StoreError("away")))
    for after in (False, True)
]


@pytest.mark.parametrize(("error", "after"), CASES)
async def test_begun_once(error: BaseException, *, after: bool) -> None:
    """Each call of a begin: one review, and one message to each owner"""
    at, done = 0, False
    while not done:
        at += 1
        point = FailurePoint(error=error)
        harness = ready(point)
        await owned(harness)
        job = await harness.job(ADMIN, "review keys --env shop-dev")
        point.arm(at, after=after)
        try:
            outcome = await harness.flows.dispatcher.run(job)
            done = True
        except (Crash, StoreError):
            point.arm(0)
            outcome = await harness.again(job.id)
        point.arm(0)
        assert isinstance(outcome, ReviewBegun) or outcome.kind == "repeated", at
        assert [job.id] == [*harness.reviews.kept], at
        assert 3 == len(told(harness)), at
        once(harness, at)
    assert at > 10


@pytest.mark.parametrize(
    ("error", "answer", "after"),
    [(Crash(), "end", False), (StoreError("away"), "end", True), (Crash(), "keep", True)],
    ids=["end-killed-before", "end-redis-after", "keep-killed-after"],
)
async def test_answered_once(error: BaseException, answer: str, *, after: bool) -> None:
    """Each call of an answer: the key is disabled once, and its answer is stored"""
    at, done = 0, False
    while not done:
        at += 1
        point = FailurePoint(error=error)
        harness = ready(point)
        review = await begun(harness)
        key = await found(harness, review)
        harness.clock.go_on(seconds=1)
        job = await harness.job(NEWCOMER, f"review answer {review.id} {key.api_key} {answer}")
        point.arm(at, after=after)
        try:
            await harness.flows.dispatcher.run(job)
            done = True
        except (Crash, StoreError):
            point.arm(0)
            await harness.again(job.id)
        point.arm(0)
        expected = Answer.KEEP if answer == "keep" else Answer.ENDED
        assert expected is await answer_of(harness, review), at
        assert await works(harness) is (answer == "keep"), at
        once(harness, at)
    assert at > 10


@pytest.mark.parametrize(("error", "after"), CASES)
@pytest.mark.parametrize("days", [7, 14])
async def test_the_clock_is_killed(error: BaseException, days: int, *, after: bool) -> None:
    """Each call of a look: its reminder or its end is told once"""
    at, done = 0, False
    while not done:
        at += 1
        point = FailurePoint(error=error)
        harness = ready(point)
        review = await begun(harness)
        harness.clock.go_on(days=days)
        point.arm(at, after=after)
        with contextlib.suppress(Crash, StoreError):
            done = not await harness.flows.review_keeper.look()
        point.arm(0)
        harness.rebuild()
        for _ in range(2):
            assert [] == list(await harness.flows.review_keeper.look()), at
        now = await stored(harness, review)
        assert (3 if days == 7 else 2) == len(told(harness)) - 3, at
        assert now.state is (ReviewState.RUNNING if days == 7 else ReviewState.ESCALATED), at
        assert await works(harness), at
        once(harness, at)
    assert at > 3


async def test_an_end_that_is_killed_and_then_kept(harness: Harness) -> None:
    """A later press that comes before the job runs again: what was done at Cloudinary counts"""
    for method, ended in (("keep", False), ("set_enabled", True)):
        point = FailurePoint(method=method)
        harness = ready(point)
        review = await begun(harness)
        key = await found(harness, review)
        text = f"review answer {review.id} {key.api_key}"
        first = await harness.job(NEWCOMER, f"{text} end")
        point.arm(1, after=True)
        with pytest.raises(Crash):
            await harness.flows.dispatcher.run(first)
        point.arm(0)
        harness.rebuild()
        harness.clock.go_on(seconds=1)
        await harness.run(NEWCOMER, f"{text} keep")
        await harness.again(first.id)
        assert await works(harness) is not ended
        assert await answer_of(harness, review) is (Answer.ENDED if ended else Answer.KEEP)
        once(harness, 0)
        assert [DEV.id] == [*_of(review)]


def _of(review: Review) -> tuple[str, ...]:
    return review.environments
