"""Messages about no request: rotations that are due, access reviews, links that ended."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest

from bot.cards.kit import Message, offering, render
from bot.cards.unrequested import of_no_request
from bot.domain.access_reviews import ReviewNews
from bot.domain.languages import ENGLISH, Language
from bot.domain.link_receipts import Settled
from bot.domain.live_links import LinkEnded
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.domain.rotation_schedules import RotationNews, Standstill
from tests.unit.cards_drawn import BLOCKS, is_escaped, strings
from tests.unit.test_cards_in_languages import OTHERS

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
ODD = "<!channel> *x*"


def told(name: str) -> Iterator[Notification]:
    """One of each, to a person and to the security channel."""
    for news, count, audience in product(ReviewNews, (1, 3), (Audience.PERSON, Audience.SECURITY)):
        text = f"c1 {news} {count} {AT.isoformat()}"
        yield Notification("", audience, Topic.REVIEW, to="U1", text=text)
    for every, stands, may, to in product(
        ("", "90d"), (None, *Standstill), (True, False), ("T1:U1", "")
    ):
        due = RotationNews("814", name, name, AT, to, every, stands, may=may, later=may)
        yield Notification("", Audience.PERSON, Topic.ROTATION_DUE, to="U1", text=due.write())
    for opened in (True, False):
        over = Settled("c1", name, name, AT, opened)
        assert over == Settled.read(over.write())
        yield Notification("", Audience.PERSON, Topic.SETTLED, to="U1", text=over.write())
    ended = LinkEnded("c1", name, name).write()
    yield Notification("", Audience.PERSON, Topic.LINK_ENDED, to="U1", by="U2", text=ended)
    for owner in ("", "U2"):
        ended = LinkEnded("c1", name, name, owner).write()
        yield Notification("", Audience.PERSON, Topic.LINK_ENDED, to="U1", text=ended)


def message(told_: Notification, language: Language = ENGLISH) -> Message:
    """Draw one, with an offer for each button that needs one."""
    drawn = of_no_request(told_)
    return render(drawn, [f"offer{at}" for at in range(len(offering([drawn])))], language)


def test_each_is_valid_by_slacks_schema() -> None:
    """Whatever the key is called"""
    for name in ("ci-bot", ODD):
        for each in told(name):
            BLOCKS.validate(list(message(each).blocks))


def test_a_name_is_no_more_than_text() -> None:
    """No mention and no format"""
    for each in told(ODD):
        drawn = message(each)
        assert is_escaped(drawn.text)
        assert not any(kind == "mrkdwn" for kind, *_ in strings(drawn.blocks))


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_each_is_told_in_the_readers_language(language: Language) -> None:
    """None is in English there"""
    for each in told("ci-bot"):
        assert message(each) != message(each, language)
