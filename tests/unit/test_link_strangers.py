"""What the owner of a link and security read of a person who signed in for it."""

import pytest

from bot.cards.kit import render
from bot.cards.unrequested import of_no_request
from bot.domain.link_strangers import StrangerReport
from bot.domain.requests.notifications import Audience, Notification, Topic
from tests.unit.cards_drawn import BLOCKS


@pytest.mark.parametrize("audience", [Audience.SECURITY, Audience.PERSON])
@pytest.mark.parametrize("here", [True, False])
def test_a_stranger_is_told_of_by_key_and_person(audience: Audience, *, here: bool) -> None:
    """One of another workspace has no mention that could be read here"""
    report = StrangerReport("deploy", "Staging", here=here)
    told = Notification("", audience, Topic.STRANGER, "U1", "U2", report.write())
    drawn = render(of_no_request(told))

    BLOCKS.validate(list(drawn.blocks))
    assert StrangerReport.read(told.text) == report
    assert all(part in drawn.text for part in ("deploy", "Staging", "Nothing was revealed"))
    assert ("U2" in drawn.text) == here
    assert ("U1" in drawn.text) == (audience is Audience.SECURITY)
    assert ("/cld claim" in drawn.text) == (audience is Audience.PERSON)


@pytest.mark.parametrize("audience", [Audience.SECURITY, Audience.PERSON])
def test_many_strangers_are_told_of_without_a_name(audience: Audience) -> None:
    """And what to do: another link ends this one"""
    text = StrangerReport("deploy", "Staging", here=True).write()
    drawn = render(of_no_request(Notification("", audience, Topic.STRANGERS, "U1", text=text)))

    BLOCKS.validate(list(drawn.blocks))
    assert all(part in drawn.text for part in ("deploy", "Staging", "More than 3", "/cld claim"))
    assert ("U1" in drawn.text) == (audience is Audience.SECURITY)
