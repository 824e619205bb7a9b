"""Access reviews: each owner says of each of their keys whether it stays or ends.

The keys of a review are frozen when it begins. No key ends by itself: what has no answer after
`LASTS` is escalated to people with a key role.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Final

from bot.domain.people import Actor

REMINDERS: Final = (timedelta(days=7), timedelta(days=12))
"""How long after its beginning a review reminds those who have not answered."""
LASTS: Final = timedelta(days=14)
KEPT: Final = 400
"""Days that a review is kept after its end."""


class ReviewState(StrEnum):
    """Where a review stands; the values are stored words."""

    RUNNING = "running"
    ESCALATED = "escalated"
    DONE = "done"


class Answer(StrEnum):
    """What a review knows of a key; the values are stored words.

    END is not done yet. LEFT is a key that is gone, or has another owner. ROOT and DISABLED are
    keys that no one is asked about.
    """

    NONE = "none"
    KEEP = "keep"
    END = "end"
    ENDED = "ended"
    FAILED = "failed"
    LEFT = "left"
    ROOT = "root"
    DISABLED = "disabled"


class Said(Enum):
    """What moves an answer: a person's press, or what became of it."""

    KEEP = auto()
    END = auto()
    DONE = auto()
    FAIL = auto()
    LEAVE = auto()


_A = Answer
MOVES: Final[Mapping[tuple[Answer, Said], Answer]] = {
    **{
        (answer, said): to
        for answer in (_A.NONE, _A.KEEP, _A.END, _A.FAILED)
        for said, to in ((Said.KEEP, _A.KEEP), (Said.END, _A.END), (Said.LEAVE, _A.LEFT))
    },
    **{(answer, Said.DONE): _A.ENDED for answer in (_A.END, _A.FAILED)},
    (_A.END, Said.FAIL): _A.FAILED,
}
"""Every move of an answer; no other is made."""
OPEN: Final = frozenset({_A.NONE, _A.END, _A.FAILED})
"""Answers that still have to be given, or done."""
NOT_ASKED: Final = frozenset({_A.ROOT, _A.DISABLED})


class ReviewNews(StrEnum):
    """What people are told of a review; the values are stored words."""

    ASKED = "asked"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    DONE = "done"


class NotReviewed(StrEnum):
    """Why an answer is not taken; the values are stored words."""

    NOT_YOURS = "not_yours"
    ENDED = "ended"
    LEFT = "left"
    OVER = "over"
    ROTATION = "rotation"


@dataclass(frozen=True)
class ReviewedKey:
    """One key as it was when the review began, and its answer.

    `owner` is whose it was, `asked` who answers: the owner, or who began the review where there is
    none or they left. `at` is when the answer was pressed, `job` the command that it was; `outcome`
    is what a failed end led to.
    """

    api_key: str
    name: str
    environment_id: str
    environment_name: str
    cloud_name: str
    roles: tuple[str, ...] = ()
    changed_at: datetime | None = None
    expires_at: datetime | None = None
    owner: Actor | None = None
    asked: Actor | None = None
    answer: Answer = Answer.NONE
    by: Actor | None = None
    by_name: str = ""
    at: datetime | None = None
    job: str = ""
    outcome: str = ""

    @property
    def label(self) -> str:
        """The name, or the API key of a key without one."""
        return self.name or self.api_key

    @property
    def open(self) -> bool:
        """Whether an answer is still to be given, or done."""
        return self.answer in OPEN

    def overtakes(self, job: str, pressed: datetime) -> bool:
        """Whether the answer was pressed later than that of another job."""
        return self.job != job and self.at is not None and self.at > pressed


@dataclass(frozen=True)
class Review:
    """One review; `by` began it, `environments` are ids, `reminded` counts the reminders."""

    id: str
    by: Actor
    by_name: str
    at: datetime
    environments: tuple[str, ...]
    keys: tuple[ReviewedKey, ...]
    state: ReviewState = ReviewState.RUNNING
    reminded: int = 0
    version: int = 1

    @property
    def until(self) -> datetime:
        """When it ends."""
        return self.at + LASTS

    @property
    def asked(self) -> tuple[ReviewedKey, ...]:
        """The keys that people are asked about."""
        return tuple(each for each in self.keys if each.answer not in NOT_ASKED)

    @property
    def waiting(self) -> dict[Actor, int]:
        """How many keys wait for each person's answer."""
        found = dict[Actor, int]()
        for each in self.keys:
            if each.asked and each.answer is Answer.NONE:
                found[each.asked] = found.get(each.asked, 0) + 1
        return found

    @property
    def open(self) -> int:
        """How many answers are missing, or not done."""
        return sum(each.open for each in self.keys)

    def find(self, api_key: str) -> ReviewedKey | None:
        """Find a key that someone is asked about."""
        return next((each for each in self.asked if each.api_key == api_key), None)


def next_look(review: Review) -> datetime | None:
    """Return when the clock moves a review next; None where only people do."""
    if review.state is not ReviewState.RUNNING:
        return None
    return review.at + (*REMINDERS, LASTS)[review.reminded]


def moved(key: ReviewedKey, said: Said) -> ReviewedKey | None:
    """Move an answer; None where the table does not allow it."""
    to = MOVES.get((key.answer, said))
    return replace(key, answer=to) if to else None


def answered(review: Review, after: ReviewedKey) -> Review:
    """Put a key in the place of what it was; the last answer ends an escalated review."""
    keys = tuple(after if each.api_key == after.api_key else each for each in review.keys)
    new = replace(review, keys=keys, version=review.version + 1)
    over = review.state is ReviewState.ESCALATED and not new.open
    return replace(new, state=ReviewState.DONE) if over else new


def looked(review: Review, now: datetime) -> Review:
    """Let a running review come to the reminder that is due last, or to its end."""
    if now >= review.until:
        state = ReviewState.ESCALATED if review.open else ReviewState.DONE
        return replace(review, state=state, version=review.version + 1)
    due = sum(now >= review.at + each for each in REMINDERS)
    return replace(review, reminded=due, version=review.version + 1)
