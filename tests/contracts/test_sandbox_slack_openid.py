"""Sign in with Slack, as slack_sdk and PyJWT meet it."""

import time
from collections.abc import AsyncIterator

import jwt
import pytest

from tests.contracts.slack_sign_in import APP, OFFICIAL, Mistrust, Visit, returned
from tests.contracts.slack_twin import TOM, Lab, lab, sample, strange

UNA, GUS = "U0UNA0001", "U0GUS0001"

pytestmark = OFFICIAL


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose app signs people in; its clock shows what PyJWT's does."""
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


async def test_somebody_is_signed_in(visit: Visit) -> None:
    """The official client gets the tokens, and another library verifies who it is."""
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


async def test_the_state_comes_back_as_it_was(visit: Visit) -> None:
    """Whatever its characters."""
    odd = "a b+c&d=é%2F#"

    assert odd == returned(await visit.location(state=odd))["state"]


async def test_who_a_token_is_of_can_be_asked_again(visit: Visit) -> None:
    """The answer says the same as the id_token, and nothing that Slack's would not have."""
    tokens = await visit.tokens()
    claims = await visit.trusted(tokens)
    told = await visit.user_info(tokens["access_token"])

    assert [] == strange(told, sample("response.openid.connect.userInfo"))
    assert [] == strange(tokens, sample("response.openid.connect.token"))
    assert {"ok": True} == {name: told[name] for name in told if told[name] != claims.get(name)}


async def test_the_scopes_let_out_what_they_name(visit: Visit) -> None:
    """With `openid` alone it is told who it is and where, not the address or the name."""
    claims = await visit.trusted(await visit.tokens(scope="openid"))

    assert not {"email", "email_verified", "name", "picture", "locale"} & claims.keys()


async def test_an_address_that_is_not_confirmed_says_so(visit: Visit) -> None:
    """`email_verified` is false, and there is no date."""
    tokens = await visit.tokens(UNA)
    told = await visit.user_info(tokens["access_token"])

    assert (False, False) == (told["email_verified"], "date_email_verified" in told)


async def test_a_guest_can_sign_in(visit: Visit) -> None:
    """Slack's page does not except guests; the app has to look for itself."""
    tokens = await visit.tokens(GUS)

    assert GUS == (await visit.user_info(tokens["access_token"]))["sub"]


async def test_an_app_without_a_challenge_needs_no_verifier(visit: Visit) -> None:
    """PKCE is up to the app."""
    code = await visit.code(code_challenge=None, code_challenge_method=None)

    assert (await visit.exchange(code, code_verifier=None))["ok"]


async def test_an_address_below_a_registered_one_will_do(visit: Visit) -> None:
    """So does the first registered one, where the app names none."""
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
async def test_a_forged_token_is_noticed_by_its(visit: Visit, forgery: str, noticed: str) -> None:
    """Each forgery is wrong in the one way that it names; the next token is good again."""
    await visit.it.act("openid", forge=forgery)
    forged, good = await visit.tokens(), await visit.tokens()

    with pytest.raises(Mistrust) as caught:
        await visit.trusted(forged)

    assert noticed == str(caught.value)
    assert await visit.trusted(good)
