"""Where a notification goes when its place refuses it."""

from itertools import product

import pytest

from bot.domain.requests.notifications import Audience, Topic
from bot.domain.requests.ways import (
    PLACE_CODES,
    WANT_A_DECISION,
    Refusal,
    Way,
    refusal_of,
    remedy,
    way_of,
)

OPEN = dict.fromkeys((Audience.CARD, Audience.THREAD))


@pytest.mark.parametrize("code", sorted(PLACE_CODES))
def test_a_channel_that_refuses_is_no_person_who_does(code: str) -> None:
    """`channel_not_found` about a direct message means that the person can't be reached"""
    for audience in (Audience.CARD, Audience.THREAD, Audience.SECURITY):
        assert refusal_of(code, audience) is Refusal.PLACE
    gone = Refusal.PERSON if code == "channel_not_found" else Refusal.LATER
    assert refusal_of(code, Audience.PERSON) is gone


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "ratelimited", "never_heard_of"])
def test_what_is_no_known_refusal_waits(code: str) -> None:
    """A revoked token too: nothing is lost until a good one comes"""
    for audience, topic, waits in product(Audience, Topic, (True, False)):
        refusal = refusal_of(code, audience)
        assert way_of(refusal, audience, topic, waits=waits) is Way.AGAIN


def test_what_wants_a_decision_reaches_those_who_may_decide() -> None:
    """As long as the request waits"""
    for audience, topic in product(OPEN, WANT_A_DECISION):
        mention = (audience, topic) == (Audience.THREAD, Topic.ASKED)  # its card asks them
        expected = Way.TOLD if mention else Way.APPROVERS
        assert way_of(Refusal.PLACE, audience, topic, waits=True) is expected
    assert way_of(Refusal.PLACE, Audience.CARD, Topic.ASKED, waits=False) is Way.TOLD


def test_nothing_for_security_is_ever_given_up() -> None:
    """Whatever refuses it"""
    for refusal, topic, waits in product(Refusal, Topic, (True, False)):
        found = way_of(refusal, Audience.SECURITY, topic, waits=waits)
        assert found is (Way.SHORT if refusal is Refusal.TEXT else Way.AGAIN)


def test_a_card_is_drawn_again_once_its_channel_works() -> None:
    """It shows what changed meanwhile, so the thread repeats nothing"""
    for topic in set(Topic) - WANT_A_DECISION:
        assert way_of(Refusal.PLACE, Audience.CARD, topic, waits=True) is Way.PLACE
        assert way_of(Refusal.PLACE, Audience.THREAD, topic, waits=True) is Way.TOLD


@pytest.mark.parametrize("code", sorted(PLACE_CODES))
def test_what_to_do_about_a_channel_depends_on_why_it_refuses(code: str) -> None:
    """No one can be invited into an archived channel; it is restored"""
    assert ("restore" in remedy(code)) == (code == "is_archived")
    assert ("invite" in remedy(code)) == (code != "is_archived")
