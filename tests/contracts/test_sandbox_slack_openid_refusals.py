"""What Sign in with Slack refuses."""

import time
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from sandbox.slack.openid.requests import is_registered
from tests.contracts.slack_lab import OTTO, TOM, ZOE, Lab, lab
from tests.contracts.slack_sign_in import APP, OFFICIAL, Visit, returned

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
async def test_there_is_no_redirect_for(visit: Visit, changed: dict[str, str | None]) -> None:
    """An unknown app or address gets an error page, and no sign-in."""
    url = visit.authorize_url(**changed)
    async with visit.it.session.get(url, allow_redirects=False) as answer:
        assert (HTTPStatus.BAD_REQUEST, None) == (answer.status, answer.headers.get("Location"))
        assert "Something went wrong" in await answer.text()

    assert "error" in await visit.it.act("sign_in", user=TOM, url=url)


async def test_a_repeated_parameter_is_refused(visit: Visit) -> None:
    """It would be unclear which one counts."""
    async with visit.it.session.get(
        visit.authorize_url() + "&state=other", allow_redirects=False
    ) as answer:
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
async def test_an_invalid_request_redirects_with_its_error(
    visit: Visit, changed: dict[str, str | None], error: str
) -> None:
    """With the state, and without a code."""
    expected = {"error": error, "state": visit.state}
    async with visit.it.session.get(
        visit.authorize_url(**changed), allow_redirects=False
    ) as answer:
        seen = answer.headers["Location"]

    assert expected == returned(seen)
    assert expected == returned(await visit.location(TOM, **changed))


async def test_a_person_may_disagree(visit: Visit) -> None:
    """The app gets the error and its state."""
    answer = await visit.it.act("sign_in", user=TOM, url=visit.authorize_url(), deny=True)

    assert {"error": "access_denied", "state": visit.state} == returned(answer["location"])


@pytest.mark.parametrize("user", [ZOE, DEPLOYBOT, OTTO], ids=["deactivated", "bot", "partner"])
async def test_there_is_no_sign_in_for(visit: Visit, user: str) -> None:
    """Neither through the control surface nor by a form that names them."""
    refused = await visit.it.act("sign_in", user=user, url=visit.authorize_url())
    forced = await visit.it.act("sign_in", user=user, url=visit.authorize_url(), force=True)

    assert ("error", "location") == (*refused, *forced)


async def test_a_forced_partner_has_another_team(visit: Visit) -> None:
    """The address is Tom's but the team is not, which an app must notice."""
    answer = await visit.it.act("sign_in", user=OTTO, url=visit.authorize_url(), force=True)
    tokens = await visit.exchange(returned(answer["location"])["code"])
    told = await visit.user_info(tokens["access_token"])

    assert ("tom@lumen-goods.example", "T0PARTNER") == (
        told["email"],
        told["https://slack.com/team_id"],
    )


async def test_another_authorize_url_is_refused(visit: Visit) -> None:
    """Only the sandbox's own can be opened."""
    url = visit.authorize_url().replace("authorize", "keys")

    assert "not an address" in (await visit.it.act("sign_in", user=TOM, url=url))["error"]


async def test_a_sign_in_without_state_or_nonce_is_a_violation(visit: Visit) -> None:
    """Slack accepts it, but it can be forged."""
    await visit.location(state=None, nonce=None)

    assert ["missing_state", "missing_nonce"] == await visit.it.violations()
