"""Keysmith's side of Sign in with Slack, against the simulated Slack and its forgeries."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.slack.openid import KEYS_PAUSE, SlackSignIn
from bot.domain.people import Actor, Workspace
from bot.domain.sign_in import Attempt, Unproven, person_of
from bot.errors import SlackAway, SlackError
from sandbox.company import TEAM_ID
from sandbox.slack.openid.forgeries import Forgery
from tests.contracts.slack_lab import TOM, Lab, lab
from tests.contracts.slack_sign_in import returned

APP = "https://app.example/sign-in/slack"
ATTEMPT = Attempt("link", "state", "nonce", "v" * 43, datetime(2030, 1, 1, tzinfo=UTC))


@dataclass
class Signing:
    """A workspace, Keysmith's client of it, and a clock for the keys that it keeps."""

    it: Lab
    client: SlackSignIn
    seconds: float = 0.0

    async def code(self, attempt: Attempt = ATTEMPT) -> str:
        """Sign Tom in; gives the code."""
        url = self.client.address(attempt)
        back = returned((await self.it.act("sign_in", user=TOM, url=url))["location"])
        assert back["state"] == attempt.state
        return back["code"]

    async def person(self) -> Actor | Unproven:
        """Sign Tom in; gives whom that proves."""
        claims = await self.client.claims(await self.code(), ATTEMPT.verifier)
        now = datetime.fromtimestamp(self.it.clock.now, UTC)
        return person_of(claims, ATTEMPT.nonce, Workspace(TEAM_ID, "Lumen"), now)


@pytest.fixture
async def signing() -> AsyncIterator[Signing]:
    """Make one."""
    async with lab(redirect_urls=(APP,)) as it:
        it.clock.now = float(int(time.time()))
        api = f"{it.url}/api/"
        given = it.config.client_id, it.config.client_secret, APP, api, TEAM_ID, it.session
        made = Signing(it, SlackSignIn(*given))
        made.client.now = lambda: made.seconds
        yield made


async def test_the_person_who_signs_in_is_proven(signing: Signing) -> None:
    """With the scope `openid` alone: no name and no address"""
    assert await signing.person() == Actor(TEAM_ID, TOM)


async def test_the_addresses_are_those_that_slack_publishes(signing: Signing) -> None:
    """In its discovery document"""
    url = f"{signing.it.url}/.well-known/openid-configuration"
    async with signing.it.session.get(url) as answer:
        published = await answer.json()
    assert signing.client.issuer == published["issuer"]
    address = signing.client.address(ATTEMPT)
    assert address.startswith(f"{published['authorization_endpoint']}?")
    assert f"{signing.client.api_url}openid.connect.token" == published["token_endpoint"]
    assert f"{signing.client.issuer}/openid/connect/keys" == published["jwks_uri"]
    assert replace(signing.client, api_url="https://slack.com/api/").issuer == "https://slack.com"


@pytest.mark.parametrize("forgery", Forgery)
async def test_no_forged_token_proves_tom(signing: Signing, forgery: Forgery) -> None:
    """Each has one fault: signature, issuer, audience, time, nonce, hash, or another person"""
    await signing.it.act("openid", forge=forgery)
    try:
        proven = await signing.person()
    except SlackAway:
        raise
    except SlackError:
        proven = Unproven.REFUSED
    assert proven != Actor(TEAM_ID, TOM)
    assert isinstance(proven, Unproven) == (forgery not in {Forgery.TEAM, Forgery.USER})
    assert await signing.person() == Actor(TEAM_ID, TOM)


async def test_slack_refuses_what_another_client_sends(signing: Signing) -> None:
    """A wrong secret, another verifier, another address, a code that was used or is too old"""

    async def refusal(client: SlackSignIn, code: str, verifier: str = ATTEMPT.verifier) -> str:
        with pytest.raises(SlackError) as refused:
            await client.claims(code, verifier)
        assert not isinstance(refused.value, SlackAway)
        return refused.value.code

    client = signing.client
    wrong = replace(client, client_secret="wrong")
    assert await refusal(wrong, await signing.code()) == "bad_client_secret"
    assert await refusal(client, await signing.code(), "w" * 43) == "invalid_grant"
    other = replace(client, redirect_url=f"{APP}/other")
    assert await refusal(other, await signing.code()) == "bad_redirect_uri"
    assert await refusal(client, "made-up") == "invalid_code"
    code = await signing.code()
    await client.claims(code, ATTEMPT.verifier)
    assert await refusal(client, code) == "invalid_grant"
    code = await signing.code()
    signing.it.clock.now += timedelta(hours=1).total_seconds()
    assert await refusal(client, code) == "invalid_grant"


async def test_the_published_keys_are_kept_and_read_again_for_a_new_one(signing: Signing) -> None:
    """Once a minute at most, however often a token names a key that is not among them"""
    assert await signing.person() == Actor(TEAM_ID, TOM)
    await signing.it.act("openid", rotate=True)
    signing.seconds = KEYS_PAUSE - 1
    with pytest.raises(SlackError):
        await signing.person()
    signing.seconds = KEYS_PAUSE
    assert await signing.person() == Actor(TEAM_ID, TOM)


@pytest.mark.parametrize("api", ["http://127.0.0.1:9/api/", "down"])
async def test_a_slack_that_is_away_proves_nothing(signing: Signing, api: str) -> None:
    """No connection, or an answer that is none; the secret is in no message"""
    code = await signing.code()
    url = f"{signing.it.url}/nothing-here/" if api == "down" else api
    away = replace(signing.client, api_url=url)
    with pytest.raises(SlackAway) as failed:
        await away.claims(code, ATTEMPT.verifier)
    assert signing.client.client_secret not in f"{failed.value!r} {failed.value.reason} {away!r}"
