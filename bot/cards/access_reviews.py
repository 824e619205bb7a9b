"""Access reviews: what a person answers for, how far a review is, and its messages."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, assert_never

from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    context,
    item,
    line,
    msg,
    plural,
)
from bot.cards.own_rights import closed_in
from bot.cards.paging import NAMED, turns
from bot.domain.access_reviews import Answer, NotReviewed, Review, ReviewedKey, ReviewNews
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import ListRequests
from bot.domain.commands.reviews import END, KEEP, AnswerReview, OwnReviews, ReportReview
from bot.domain.outcomes.access_reviews import (
    NoSuchReview,
    NothingToReview,
    ReviewBegun,
    ReviewListed,
    ReviewOutcome,
    ReviewRefused,
    ReviewReported,
    ReviewRuns,
)
from bot.domain.phrases import Listed, Span
from bot.domain.requests.notifications import Notification

MINE: Final = "review_mine"
REPORT: Final = "review_report"
"""Verbs of the buttons in messages, which work for everybody who may run their commands."""
ANSWERS: Final = {
    Answer.NONE: msg("No answer yet."),
    Answer.KEEP: msg("You keep it."),
    Answer.END: msg("It is being disabled. If that takes long, press End again."),
    Answer.ENDED: msg("It is disabled."),
    Answer.FAILED: msg("It is not disabled. To see why, press End again."),
    Answer.LEFT: msg("It is gone, or has another owner."),
    Answer.ROOT: msg("It is the environment's root key."),
    Answer.DISABLED: msg("It was disabled already."),
}
COUNTS: Final = {
    Answer.NONE: msg("Without an answer"),
    Answer.KEEP: msg("Kept"),
    Answer.END: msg("Being disabled"),
    Answer.ENDED: msg("Ended"),
    Answer.FAILED: msg("Not disabled yet"),
    Answer.LEFT: msg("Deleted, or with another owner"),
    Answer.ROOT: msg("Not asked about: root keys"),
    Answer.DISABLED: msg("Not asked about: disabled before"),
}
_REFUSED: Final = {
    NotReviewed.NOT_YOURS: msg("No key {key} waits for your answer. Nothing changed."),
    NotReviewed.ENDED: msg("{key} is disabled already. Nothing changed."),
    NotReviewed.LEFT: msg("{key} is gone, or has another owner. Its review ends here."),
    NotReviewed.OVER: msg("The review of {key} is over. Nothing changed."),
    NotReviewed.ROTATION: msg(
        "{key} was not disabled: a rotation of it runs. End the rotation first, or keep the key."
    ),
}
_NO_FILE: Final = msg(
    "There is no file: Slack doesn't let Keysmith send any. Its app lacks the scope `files:write`."
)
_BEGIN: Final = msg("Begin one: `/cld review keys`")


def review_card(outcome: ReviewOutcome) -> Card:
    """Draw what a command about reviews led to."""
    match outcome:
        case ReviewBegun(review, closed):
            return _begun(review, closed_in(closed))
        case ReviewRuns(review, place):
            runs = msg(
                "An access review of {environment} runs until {until}. No other one began.",
                environment=bold(place),
                until=Moment(review.until, exact=True),
            )
            other = line(msg("To review another one: `/cld review keys --env <environment>`"))
            return card(line(runs), other, buttons=[_shown(review)])
        case NothingToReview(closed):
            none = line(msg("No key there is enabled and can be ended. No review began."))
            return card(none, closed_in(closed))
        case NoSuchReview(id_) if id_:
            return card(line(msg("No access review {id} that you can see.", id=code(id_))))
        case NoSuchReview():
            return card(line(msg("No access review runs that you can see.")), line(_BEGIN))
        case ReviewReported():
            return _reported(outcome)
        case ReviewListed():
            return _listed(outcome)
        case ReviewRefused(reason, name, rotation):
            told = line(_REFUSED[reason].fill(key=bold(name)))
            see = Button(msg("Show the rotation"), write(ListRequests(rotation)))
            mine = Button(msg("My keys to review"), write(OwnReviews()))
            return card(told, buttons=[see, mine] if rotation else [mine])
        case _:
            assert_never(outcome)


def _begun(review: Review, closed: Line | None) -> Card:
    asked = plural(
        "The review of {count} key runs until {until}.",
        "The review of {count} keys runs until {until}.",
        len(review.asked),
        until=Moment(review.until, exact=True),
    )
    people = plural(
        "{count} person gets a direct message about their keys.",
        "{count} people get a direct message about their keys.",
        len(review.waiting),
    )
    return card(
        line(asked),
        line(people),
        line(msg("A key without an owner, or whose owner left, is yours to answer for.")),
        context(msg("Reminders follow after 7 and 12 days. No key ends by itself.")),
        closed,
        buttons=[_shown(review), Button(msg("My keys to review"), write(OwnReviews()))],
    )


def _shown(review: Review) -> Button:
    return Button(msg("Show the review"), write(ReportReview(review.id)))


def _reported(outcome: ReviewReported) -> Card:
    review = outcome.review
    begun = msg(
        "{name} began this access review {at}. It runs until {until}.",
        name=bold(review.by_name),
        at=Moment(review.at),
        until=Moment(review.until, exact=True),
    )
    counted = {each: sum(it.answer is each for it in review.keys) for each in Answer}
    counts = [
        item(msg("{what}: {count}", what=COUNTS[each], count=Text(str(count))))
        for each, count in counted.items()
        if count
    ]
    others = plural(
        "{count} key is in an environment where you can't review.",
        "{count} keys are in environments where you can't review.",
        outcome.others,
    )
    return card(
        line(begun),
        *counts,
        line(_waiting(review)) if review.waiting else None,
        line(others) if outcome.others else None,
        line(
            _NO_FILE
            if outcome.left
            else msg("A CSV file with each key and its answer is in your direct message.")
        ),
    )


def _waiting(review: Review) -> Phrase:
    people = [Mention(who.user_id) for who in review.waiting]
    rest = len(people) - NAMED
    more = (plural("{count} more", "{count} more", rest),) if rest > 0 else ()
    return msg("Still to answer: {people}.", people=Listed((*people[:NAMED], *more), "and"))


def _listed(outcome: ReviewListed) -> Card:
    page = outcome.page
    if not page.shown:
        return card(_said(outcome.said), line(msg("No key waits for your answer.")))
    buttons = [each for row in page.shown for each in _buttons(*row, page.number)]
    return card(
        _said(outcome.said),
        line(msg("Keep each key that is still needed, and end the others.")),
        *(item(*_row(key)) for _, key in page.shown),
        context(msg("A key that ends is disabled at once. What uses it then stops working.")),
        buttons=[*buttons, *turns(OwnReviews(), page.number, page.pages)],
    )


def _said(key: ReviewedKey | None) -> Line | None:
    if key is None:
        return None
    return line(msg("{key}: {answer}", key=bold(key.label), answer=ANSWERS[key.answer]))


def _row(key: ReviewedKey) -> Iterator[Span]:
    yield msg(
        "{key} ({api_key}) in {environment}: {answer}",
        key=bold(key.label),
        api_key=code(key.api_key),
        environment=Text(key.environment_name),
        answer=ANSWERS[key.answer],
    )
    if key.owner is None:
        yield from (Text(" "), msg("It has no owner."))
    elif key.owner != key.asked:
        yield from (Text(" "), msg("Its owner, {person}, left.", person=Mention(key.owner.user_id)))
    if key.roles:
        roles = Listed(tuple(map(Text, key.roles)), "and")
        yield from (Text(" "), msg("Roles: {roles}.", roles=roles))
    if key.changed_at:
        yield from (Text(" "), msg("Last changed {at}.", at=Moment(key.changed_at)))
    if key.expires_at:
        yield from (Text(" "), msg("Expires {at}.", at=Moment(key.expires_at)))


def _buttons(review: Review, key: ReviewedKey, page: int) -> Iterator[Button]:
    label, name = Text(key.label), key.api_key
    if key.answer in {Answer.NONE, Answer.FAILED, Answer.END}:
        yield Button(msg("Keep {key}", key=label), write(AnswerReview(review.id, name, KEEP)), page)
    if key.answer in {Answer.NONE, Answer.FAILED, Answer.END, Answer.KEEP}:
        end = write(AnswerReview(review.id, name, END))
        yield Button(msg("End {key}", key=label), end, page, style="danger")


def review_told(notification: Notification) -> Card:
    """Draw a message about a review. Raises `ValueError` where another version wrote it."""
    id_, news, number, until = notification.text.split(" ")
    count, at = int(number), Moment(datetime.fromisoformat(until), exact=True)
    mine = Button(msg("Review my keys"), MINE, style="primary", request_id=id_)
    report = Button(msg("Show the review"), REPORT, request_id=id_)
    answer = line(msg("Keep each key that is still needed, and end the others."))
    match ReviewNews(news):
        case ReviewNews.ASKED:
            asks = plural(
                "An access review needs your answer on {count} key by {until}.",
                "An access review needs your answer on {count} keys by {until}.",
                count,
                until=at,
            )
            return card(line(asks), answer, buttons=[mine])
        case ReviewNews.REMINDER:
            waits = plural(
                "An access review still waits for your answer on {count} key. It ends {until}.",
                "An access review still waits for your answer on {count} keys. It ends {until}.",
                count,
                until=at,
            )
            return card(line(waits), answer, buttons=[mine])
        case ReviewNews.ESCALATED:
            missing = plural(
                "An access review is over, and {count} key has no answer. It was not disabled.",
                "An access review is over, and {count} keys have no answer. None was disabled.",
                count,
            )
            next_ = line(msg("People who can disable a key there can keep or end each."))
            keep_or_end = Button(msg("Keep or end them"), MINE, style="primary", request_id=id_)
            return card(line(missing), next_, buttons=[keep_or_end, report])
        case ReviewNews.DONE:
            done = plural(
                "An access review of {count} key is complete.",
                "An access review of {count} keys is complete.",
                count,
            )
            return card(line(done), buttons=[report])
        case _:
            assert_never(ReviewNews(news))
