"""Whom and what Sign in with Slack turns away."""

import time
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from sandbox.slack.openid.asking import is_registered
from tests.contracts.slack_sign_in import APP, OFFICIAL, Visit, returned
from tests.contracts.slack_twin import OTTO, TOM, ZOE, Lab, lab

DEPLOYBOT = "U0DEPLOYB"

pytestmark = OFFICIAL


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose app signs people in."""
    async with lab(redirect_urls=(APP,)) as running:
        running.clock.now = time.time()
        yield running


@pytest.fixture
def visit(it: Lab) -> Visit:
    """One attempt to sign in."""
    return Visit(it)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "1.2"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/signed-in"},
        {"redirect_uri": f"{APP}-not"},
    ],
    ids=str,
)
async def test_nobody_is_sent_on_for(visit: Visit, changed: dict[str, str | None]) -> None:
    """An unknown app or address gets a page, no redirect, and nobody is signed in."""
    url = visit.asks(**changed)
    async with visit.it.session.get(url, allow_redirects=False) as answer:
        assert (HTTPStatus.BAD_REQUEST, None) == (answer.status, answer.headers.get("Location"))
        assert "Something went wrong" in await answer.text()

    assert "error" in await visit.it.act("sign_in", user=TOM, url=url)


async def test_a_parameter_that_is_given_twice_is_not_chosen_from(visit: Visit) -> None:
    """Which of the two states would come back?"""
    async with visit.it.session.get(visit.asks() + "&state=other", allow_redirects=False) as answer:
        assert HTTPStatus.BAD_REQUEST == answer.status


@pytest.mark.parametrize(
    ("uri", "is_one"),
    [
        ("https://app.example/in", True),
        ("https://app.example/in/here", True),
        ("https://app.example/in?a=b", True),
        ("https://app.example/inside", False),
        ("https://app.example/", False),
        ("https://app.example:8443/in", False),
        ("http://app.example/in", False),
        ("https://app.example.evil.example/in", False),
        ("https://app.example@evil.example/in", False),
        ("https://app.example/in/../out", False),
        ("https://app.example/in/%2e%2e/out", False),
        ("https://app.example/in/..\\out", False),
        ("https://app.example/in#fragment", False),
        ("https://[app.example/in", False),
        ("/in", False),
        ("", False),
        ("http://127.0.0.1:3000/in", True),
        ("http://127.0.0.1:3001/in", False),
    ],
)
def test_an_address_counts_as_registered(uri: str, *, is_one: bool) -> None:
    """Equal to a registered one, or below it; HTTPS, except on this machine."""
    registered = ("https://app.example/in", "http://127.0.0.1:3000", "http://app.example/in")

    assert is_one == is_registered(uri, registered)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "email profile"}, "invalid_scope"),
        ({"scope": "openid chat:write"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"team": "T0PARTNER"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
    ids=str,
)
async def test_an_app_is_told_that_it_asked_wrongly(
    visit: Visit, changed: dict[str, str | None], error: str
) -> None:
    """Whoever asks is sent back with the error and the state, and no code."""
    expected = {"error": error, "state": visit.state}
    async with visit.it.session.get(visit.asks(**changed), allow_redirects=False) as answer:
        seen = answer.headers["Location"]

    assert expected == returned(seen)
    assert expected == returned(await visit.location(TOM, **changed))


async def test_somebody_may_say_no(visit: Visit) -> None:
    """The app is told, with its state."""
    answer = await visit.it.act("sign_in", user=TOM, url=visit.asks(), deny=True)

    assert {"error": "access_denied", "state": visit.state} == returned(answer["location"])


@pytest.mark.parametrize("user", [ZOE, DEPLOYBOT, OTTO], ids=["deactivated", "bot", "partner"])
async def test_nobody_signs_in_who_is(visit: Visit, user: str) -> None:
    """Neither through the control surface nor by a form that names them."""
    refused = await visit.it.act("sign_in", user=user, url=visit.asks())
    forced = await visit.it.act("sign_in", user=user, url=visit.asks(), force=True)

    assert ("error", "location") == (*refused, *forced)


async def test_a_partner_who_is_forced_in_is_of_another_team(visit: Visit) -> None:
    """The address is Tom's, the team is not: what an app has to notice."""
    answer = await visit.it.act("sign_in", user=OTTO, url=visit.asks(), force=True)
    tokens = await visit.exchange(returned(answer["location"])["code"])
    told = await visit.user_info(tokens["access_token"])

    assert ("tom@lumen-goods.example", "T0PARTNER") == (
        told["email"],
        told["https://slack.com/team_id"],
    )


async def test_signing_in_elsewhere_makes_no_sense(visit: Visit) -> None:
    """Only the sandbox's own authorize page can be followed."""
    url = visit.asks().replace("authorize", "keys")

    assert "not an address" in (await visit.it.act("sign_in", user=TOM, url=url))["error"]


async def test_a_sign_in_that_can_be_forged_is_noted(visit: Visit) -> None:
    """Slack takes it without a state and a nonce; it stands in the violations."""
    await visit.location(state=None, nonce=None)

    assert ["missing_state", "missing_nonce"] == await visit.it.violations()
