"""Whom a review tells what."""

from bot.domain.access_reviews import Review, ReviewNews, ReviewState
from bot.domain.requests.notifications import Notification, review_to_person, review_to_security


def asking(review: Review, news: ReviewNews) -> list[Notification]:
    """Tell each person how many keys wait for their answer."""
    return [
        review_to_person(review.id, news, count, review.until, to=who.user_id)
        for who, count in review.waiting.items()
    ]


def over(review: Review) -> list[Notification]:
    """Tell who began a review that its time is over; security too if answers are missing."""
    who, until = review.by.user_id, review.until
    if review.state is ReviewState.DONE:
        return [review_to_person(review.id, ReviewNews.DONE, len(review.asked), until, to=who)]
    news, count = ReviewNews.ESCALATED, review.open
    return [
        review_to_person(review.id, news, count, until, to=who),
        review_to_security(review.id, news, count, until),
    ]
