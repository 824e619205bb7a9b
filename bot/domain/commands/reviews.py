"""Commands about access reviews."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain import request_ids
from bot.domain.commands.fields import Ask, Env, Field, Kind
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action

KEEP: Final = "keep"
END: Final = "end"
ANSWERS: Final = (KEEP, END)
_ID: Final = Field(
    "id",
    Kind(request_ids.plain_id),
    msg("Review"),
    msg("The id of the review"),
    positional=True,
)
_KEY: Final = Field("key", label=msg("API key"), hint=Text("123456789012345"), positional=True)


def _answer(text: str) -> str | None:
    return text.casefold() if text.casefold() in ANSWERS else None


_ANSWER: Final = Field(
    "answer",
    Kind(
        _answer,
        problem=msg("After the key, say `keep` or `end`."),
        ask=Ask.CHOICE,
        choices=ANSWERS,
    ),
    msg("Answer"),
    positional=True,
)


@dataclass(frozen=True)
class ReviewKeys:
    """Ask each owner of a key whether it is still needed."""

    env: Env = None


@dataclass(frozen=True)
class ReportReview:
    """Show how far a review is, the newest without an id, and send it as a file."""

    id: Annotated[str | None, _ID] = None


@dataclass(frozen=True)
class OwnReviews:
    """List the keys that wait for the person's answer."""


@dataclass(frozen=True)
class AnswerReview:
    """Keep a key of a review, or end it; what is left out is chosen from the list."""

    id: Annotated[str | None, _ID] = None
    key: Annotated[str | None, _KEY] = None
    answer: Annotated[str | None, _ANSWER] = None


ReviewCommand = ReviewKeys | ReportReview | OwnReviews | AnswerReview

SPECS: Final[tuple[CommandSpec[ReviewCommand], ...]] = (
    CommandSpec(
        "review keys",
        ReviewKeys,
        Action.KEY_REVIEW,
        msg("Ask each owner of a key whether it is still needed"),
    ),
    CommandSpec(
        "review report",
        ReportReview,
        Action.KEY_REVIEW,
        msg("Show how far a review of keys is, and get it as a file"),
    ),
    CommandSpec(
        "review mine", OwnReviews, Action.REQUESTS, msg("Keep or end the keys that you review")
    ),
    CommandSpec(
        "review answer", AnswerReview, Action.REQUESTS, msg("Keep a key of a review, or end it")
    ),
)
