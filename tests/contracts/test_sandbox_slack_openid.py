"""Sign in with Slack, through slack_sdk and PyJWT."""

import time
from collections.abc import AsyncIterator

import jwt
import pytest

from tests.contracts.slack_lab import TOM, Lab, lab, sample, strange
from tests.contracts.slack_sign_in import APP, OFFICIAL, Mistrust, Visit, returned

UNA, GUS = "U0UNA0001", "U0GUS0001"

pytestmark = OFFICIAL


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose app signs people in; its clock agrees with PyJWT's."""
    async with lab(redirect_urls=(APP,)) as running:
        running.clock.now = time.time()
        yield running


@pytest.fixture
def visit(it: Lab) -> Visit:
    """One attempt to sign in."""
    return Visit(it)


async def test_a_client_finds_everything_by_discovery(it: Lab) -> None:
    """Every address is the sandbox's own, and so is the issuer."""
    async with it.session.get(f"{it.url}/.well-known/openid-configuration") as answer:
        found = await answer.json()

    assert it.url == found["issuer"]
    assert {
        "authorization_endpoint": f"{it.url}/openid/connect/authorize",
        "token_endpoint": f"{it.url}/api/openid.connect.token",
        "userinfo_endpoint": f"{it.url}/api/openid.connect.userInfo",
        "jwks_uri": f"{it.url}/openid/connect/keys",
    } == {name: value for name, value in found.items() if str(value).startswith(f"{it.url}/")}
    assert ["RS256"] == found["id_token_signing_alg_values_supported"]


async def test_a_person_signs_in(visit: Visit) -> None:
    """The official client gets the tokens, and another library verifies the identity."""
    tokens = await visit.tokens()
    claims = await visit.trusted(tokens)

    assert ("Bearer", True) == (tokens["token_type"], tokens["access_token"].startswith("xoxp-"))
    assert (TOM, "tom@lumen-goods.example", True, "Tom Berg", 300) == (
        claims["sub"],
        claims["email"],
        claims["email_verified"],
        claims["name"],
        claims["exp"] - claims["iat"],
    )
    assert not await visit.it.violations()


async def test_the_state_comes_back_unchanged(visit: Visit) -> None:
    """Whatever its characters."""
    odd = "a b+c&d=é%2F#"

    assert odd == returned(await visit.location(state=odd))["state"]


async def test_user_info_identifies_the_tokens_person(visit: Visit) -> None:
    """With the claims of the id_token, and no field that Slack lacks."""
    tokens = await visit.tokens()
    claims = await visit.trusted(tokens)
    told = await visit.user_info(tokens["access_token"])

    assert [] == strange(told, sample("response.openid.connect.userInfo"))
    assert [] == strange(tokens, sample("response.openid.connect.token"))
    assert {"ok": True} == {name: told[name] for name in told if told[name] != claims.get(name)}


async def test_scopes_limit_the_claims(visit: Visit) -> None:
    """With `openid` alone there is no address or name."""
    claims = await visit.trusted(await visit.tokens(scope="openid"))

    assert not {"email", "email_verified", "name", "picture", "locale"} & claims.keys()


async def test_an_unconfirmed_address_is_marked(visit: Visit) -> None:
    """`email_verified` is false, and there is no date."""
    tokens = await visit.tokens(UNA)
    told = await visit.user_info(tokens["access_token"])

    assert (False, False) == (told["email_verified"], "date_email_verified" in told)


async def test_a_guest_can_sign_in(visit: Visit) -> None:
    """Slack's page does not exclude guests; the app has to check."""
    tokens = await visit.tokens(GUS)

    assert GUS == (await visit.user_info(tokens["access_token"]))["sub"]


async def test_an_app_without_a_challenge_needs_no_verifier(visit: Visit) -> None:
    """PKCE is optional."""
    code = await visit.code(code_challenge=None, code_challenge_method=None)

    assert (await visit.exchange(code, code_verifier=None))["ok"]


async def test_a_redirect_uri_below_a_registered_one_is_accepted(visit: Visit) -> None:
    """The first registered one is the default."""
    below = await visit.location(redirect_uri=f"{APP}/here?from=mail")
    unnamed = await visit.location(redirect_uri=None)

    assert below.startswith(f"{APP}/here?from=mail&code=")
    assert unnamed.startswith(f"{APP}?code=")


async def test_credentials_can_be_posted(visit: Visit) -> None:
    """`client_secret_post`; neither way leaves the secret in the outbox."""
    form = {
        "client_id": visit.it.config.client_id,
        "client_secret": visit.it.config.client_secret,
        "code": await visit.code(),
        "redirect_uri": APP,
        "code_verifier": visit.verifier,
    }
    url = f"{visit.it.url}/api/openid.connect.token"
    async with visit.it.session.post(url, data=form) as answer:
        assert (await answer.json())["ok"]
    await visit.tokens()

    assert visit.it.config.client_secret not in str(await visit.it.look("outbox"))


async def test_a_new_key_signs_and_the_old_one_stays_published(visit: Visit) -> None:
    """A client that looks the key up by its id verifies both tokens."""
    old = await visit.tokens()
    await visit.it.act("openid", rotate=True)
    new = await visit.tokens()

    kids = [jwt.get_unverified_header(one["id_token"])["kid"] for one in (old, new)]
    assert ["sandbox-1", "sandbox-2"] == kids
    assert await visit.trusted(old)
    assert await visit.trusted(new)


@pytest.mark.parametrize(
    ("forgery", "noticed"),
    [
        ("nonce", "nonce"),
        ("audience", "InvalidAudienceError"),
        ("issuer", "InvalidIssuerError"),
        ("expired", "ExpiredSignatureError"),
        ("early", "ImmatureSignatureError"),
        ("team", "https://slack.com/team_id"),
        ("user", "https://slack.com/user_id"),
        ("at_hash", "at_hash"),
        ("key", "InvalidSignatureError"),
        ("none", "PyJWKClientError"),  # it names no key
    ],
)
async def test_a_forged_token_is_detected_by_its(visit: Visit, forgery: str, noticed: str) -> None:
    """Each forgery has the one fault that it names; the next token is correct again."""
    await visit.it.act("openid", forge=forgery)
    forged, good = await visit.tokens(), await visit.tokens()

    with pytest.raises(Mistrust) as caught:
        await visit.trusted(forged)

    assert noticed == str(caught.value)
    assert await visit.trusted(good)
