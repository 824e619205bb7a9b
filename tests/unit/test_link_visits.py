"""Visits that open no link: what each is called, when security hears of them, what it reads."""

from datetime import UTC, datetime

import pytest

from bot.cards.kit import render
from bot.cards.unrequested import of_no_request
from bot.domain.link_visits import (
    FEW,
    NOISE,
    Figures,
    Visit,
    proven_visit,
    visit_to,
    window_of,
)
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    LinkState,
    MovesSigner,
    NoLongerAllowed,
    Reveal,
    Revealed,
    Shut,
    SignInFirst,
    Whose,
    WrongPassphrase,
)
from bot.domain.requests.notifications import Topic, to_security
from bot.domain.visitors import network_of
from tests.unit.cards_drawn import BLOCKS

AT = datetime(2026, 3, 1, 10, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "there", "met"),
    [
        (None, False, Visit.UNKNOWN),
        (None, True, Visit.UNKNOWN),
        (LinkState.SEALED, True, Visit.WRONG_PROOF),
        (LinkState.OPENING, True, Visit.WRONG_PROOF),
        (LinkState.SEALED, False, Visit.EXPIRED),
        (LinkState.SHUT, True, Visit.SPENT),
        (LinkState.OPENED, True, Visit.SPENT),
        (LinkState.OPENED, False, Visit.SPENT),
    ],
)
def test_a_visit_without_the_proof_is_named_by_the_link(
    state: LinkState | None, met: Visit, *, there: bool
) -> None:
    """Only a link that waits makes it one with a wrong proof"""
    assert visit_to(state, there=there) is met


@pytest.mark.parametrize(
    ("result", "met"),
    [
        (AlreadyOpened(AT), Visit.SPENT),
        (Gone(proven=True), Visit.EXPIRED),
        (Shut(AT), Visit.SPENT),
        (WrongPassphrase(4), None),
        (Addressed("Tom", "deploy", "Staging", "f"), None),
        (Revealed("sealed", "f"), None),
        (BeingOpened(), None),
        (NoLongerAllowed(), None),
        (MovesSigner(), None),
        (SignInFirst(), None),
    ],
)
def test_a_visit_with_the_proof_counts_where_the_link_is_over(
    result: Whose | Reveal, met: Visit | None
) -> None:
    """What opens, or may open once more, is none"""
    assert proven_visit(result) is met


@pytest.mark.parametrize(
    ("counts", "tells"),
    [
        ({}, False),
        ({Visit.UNKNOWN: NOISE - 1}, False),
        ({Visit.UNKNOWN: NOISE - 2, Visit.SPENT: 1, Visit.EXPIRED: 1}, True),
        ({Visit.WRONG_PROOF: FEW - 1}, False),
        ({Visit.WRONG_PROOF: FEW - 1, Visit.FOREIGN: 1}, True),
        ({Visit.UNKNOWN: NOISE - 1, Visit.LIMITED: NOISE}, False),
    ],
)
def test_security_is_told_of_many_or_of_few_at_links_that_wait(
    counts: dict[Visit, int], *, tells: bool
) -> None:
    """Those that were turned away are among the others already"""
    assert Figures(AT, counts).tells is tells


def test_a_window_is_the_hour() -> None:
    """By the clock, so that every process has the same"""
    assert window_of(AT) == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("live", [True, False])
def test_the_message_has_figures_and_what_to_do(*, live: bool) -> None:
    """Of kinds that occurred; links that wait get advice of their own"""
    counts = {Visit.UNKNOWN: 214, Visit.LIMITED: 33} | ({Visit.WRONG_PROOF: 7} if live else {})
    drawn = render(of_no_request(to_security("", Topic.VISITS, text=Figures(AT, counts).write())))
    BLOCKS.validate(list(drawn.blocks))
    assert all(part in drawn.text for part in ("214", "33", "Nothing was revealed", "POST /s/"))
    assert ("7" in drawn.text, "/cld claim" in drawn.text) == (live, live)
    assert ("scanner" in drawn.text) is not live
    assert "used already" not in drawn.text


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_visitor_is_known_by_their_network(address: str, network: str) -> None:
    """Of IPv6 each home has 2**64 addresses"""
    assert network_of(address) == network
