"""Outcomes of commands about access reviews."""

from dataclasses import dataclass

from bot.domain.access_reviews import NotReviewed, Review, ReviewedKey
from bot.domain.environments import Environment
from bot.domain.outcomes.oversight import FilesLeft
from bot.domain.pages import Page


@dataclass(frozen=True)
class ReviewBegun:
    """A review runs; `closed` are environments that Keysmith may not read."""

    kind = "review_begun"
    review: Review
    closed: tuple[Environment, ...] = ()


@dataclass(frozen=True)
class ReviewRuns:
    """No review began: another one of such an environment runs."""

    kind = "review_runs"
    review: Review
    place: str


@dataclass(frozen=True)
class NothingToReview:
    """No review began: no key there is enabled and may be ended."""

    kind = "nothing_to_review"
    closed: tuple[Environment, ...] = ()


@dataclass(frozen=True)
class NoSuchReview:
    """There is no such review, or the person may see nothing of it."""

    kind = "no_such_review"
    id: str


@dataclass(frozen=True)
class ReviewReported:
    """How far a review is, with the keys that the person may see; the file is sent to them.

    `left` is what is missing of it; `others` counts keys that they may not see.
    """

    kind = "review_reported"
    review: Review
    others: int = 0
    left: FilesLeft | None = None


@dataclass(frozen=True)
class ReviewListed:
    """The keys that wait for the person, each with its review; `said` is the latest answer."""

    kind = "review_listed"
    page: Page[tuple[Review, ReviewedKey]]
    said: ReviewedKey | None = None


@dataclass(frozen=True)
class ReviewRefused:
    """An answer is not taken; `rotation` is the request that replaces the key."""

    kind = "review_refused"
    reason: NotReviewed
    name: str
    rotation: str = ""


ReviewOutcome = (
    ReviewBegun
    | ReviewRuns
    | NothingToReview
    | NoSuchReview
    | ReviewReported
    | ReviewListed
    | ReviewRefused
)
