"""Invalid and expired codes and tokens."""

import time
from collections.abc import AsyncIterator

import pytest

from sandbox.slack.openid.grants import CODE_TTL
from tests.contracts.slack_lab import TOM, Lab, lab, refusal
from tests.contracts.slack_sign_in import APP, OFFICIAL, Visit

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
    ("changed", "error"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_secret": "guessed"}, "bad_client_secret"),
        ({"code": "guessed"}, "invalid_code"),
        ({"redirect_uri": f"{APP}/other"}, "bad_redirect_uri"),
        ({"redirect_uri": None}, "bad_redirect_uri"),
        ({"code_verifier": "guessed"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"grant_type": "password"}, "invalid_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_refresh_token"),
    ],
    ids=str,
)
async def test_a_code_is_not_exchanged_for(
    visit: Visit, changed: dict[str, str | None], error: str
) -> None:
    """The errors are those of Slack's page; the code stays valid for its app."""
    code = await visit.code()

    others = {name: value for name, value in changed.items() if name != "code"}
    call = visit.exchange(changed.get("code") or code, **others)

    assert error == (await refusal(call))["error"]
    assert (await visit.exchange(code))["ok"]


async def test_a_verifier_without_a_challenge_is_refused(visit: Visit) -> None:
    """An attacker may have removed the challenge from the request."""
    code = await visit.code(code_challenge=None, code_challenge_method=None)

    assert "invalid_grant" == (await refusal(visit.exchange(code)))["error"]


async def test_a_code_is_valid_once_and_a_second_use_revokes_its_token(visit: Visit) -> None:
    """If two parties have the code, neither keeps a token."""
    code = await visit.code()
    token = (await visit.exchange(code))["access_token"]

    assert "invalid_grant" == (await refusal(visit.exchange(code)))["error"]
    assert "invalid_auth" == (await refusal(visit.user_info(token)))["error"]


async def test_a_code_is_valid_for_ten_minutes(visit: Visit) -> None:
    """And not a second longer."""
    on_time, late = await visit.code(), await visit.code()
    visit.it.clock.now += CODE_TTL
    assert (await visit.exchange(on_time))["ok"]
    visit.it.clock.now += 1

    assert "invalid_grant" == (await refusal(visit.exchange(late)))["error"]


async def test_only_a_person_s_token_works_for_user_info(visit: Visit) -> None:
    """The bot's token is of the wrong type; others are unknown or missing."""
    tokens = (visit.it.config.bot_token, visit.it.config.app_token, "xoxp-guessed", "")
    errors = [(await refusal(visit.user_info(token)))["error"] for token in tokens]

    assert [
        "not_allowed_token_type",
        "not_allowed_token_type",
        "invalid_auth",
        "not_authed",
    ] == errors


async def test_a_person_s_token_does_not_post(visit: Visit) -> None:
    """It is only for signing in."""
    visit.it.slack.token = (await visit.tokens())["access_token"]
    call = visit.it.slack.chat_postMessage(channel="C0PLATFRM", text="hello")

    assert "not_allowed_token_type" == (await refusal(call))["error"]


async def test_a_deactivated_persons_token_is_revoked(visit: Visit) -> None:
    """Together with the account."""
    token = (await visit.tokens())["access_token"]
    await visit.it.act("person", id=TOM, deleted=True)

    assert "token_revoked" == (await refusal(visit.user_info(token)))["error"]


async def test_a_token_can_be_revoked(visit: Visit) -> None:
    """After auth.revoke it is unknown; with `test` nothing happens."""
    token = (await visit.tokens())["access_token"]
    visit.it.slack.token = token
    tried = await visit.it.slack.auth_revoke(test=True)
    assert await visit.user_info(token)
    done = await visit.it.slack.auth_revoke()

    assert (False, True) == (tried["revoked"], done["revoked"])
    assert "invalid_auth" == (await refusal(visit.user_info(token)))["error"]


async def test_a_reset_forgets_who_signed_in(visit: Visit) -> None:
    """Earlier codes and tokens are unknown."""
    code, token = await visit.code(), (await visit.tokens())["access_token"]
    await visit.it.act("reset")

    assert "invalid_code" == (await refusal(visit.exchange(code)))["error"]
    assert "invalid_auth" == (await refusal(visit.user_info(token)))["error"]


@pytest.mark.parametrize("body", [{"forge": "nothing"}, {"forged": "nonce"}], ids=str)
async def test_a_forgery_must_be_known(it: Lab, body: dict[str, str]) -> None:
    """A misspelt one would prove nothing."""
    assert "error" in await it.act("openid", **body)
