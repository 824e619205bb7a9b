"""A strict web app that signs people in with slack_sdk and PyJWT."""

import asyncio
import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.company import TEAM_ID
from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import TOM, Lab, body_of

APP = "https://app.example/signed-in"
OFFICIAL = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
"""slack_sdk 3.47 sends the client's secret in a way that aiohttp 4 will not support."""


class Mistrust(Exception):
    """The app does not trust a token."""


def challenge_of(verifier: str) -> str:
    """The S256 challenge of RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def returned(location: str) -> dict[str, str]:
    """The parameters that the app gets in a redirect."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@dataclass(frozen=True)
class Visit:
    """One attempt to sign in."""

    it: Lab
    state: str = field(default_factory=lambda: secrets.token_hex(8))
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def authorize_url(self, **changed: str | None) -> str:
        """The URL to sign in at; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "scope": "openid email profile",
            "client_id": self.it.config.client_id,
            "redirect_uri": APP,
            "state": self.state,
            "nonce": self.nonce,
            "team": TEAM_ID,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changed,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return f"{self.it.url}/openid/connect/authorize?{urlencode(given)}"

    async def location(self, user: str = TOM, **changed: str | None) -> str:
        """The URL to which a person who agrees is redirected."""
        url = self.authorize_url(**changed)
        found: str = (await self.it.act("sign_in", user=user, url=url))["location"]
        return found

    async def code(self, user: str = TOM, **changed: str | None) -> str:
        """The code in that redirect."""
        return returned(await self.location(user, **changed))["code"]

    async def exchange(self, code: str, **changed: str | None) -> Payload:
        """Exchange a code with the official client."""
        given: dict[str, str | None] = {
            "client_id": self.it.config.client_id,
            "client_secret": self.it.config.client_secret,
            "code": code,
            "redirect_uri": APP,
            "grant_type": "authorization_code",
            "code_verifier": self.verifier,
            **changed,
        }
        client = AsyncWebClient(base_url=f"{self.it.url}/api/", session=self.it.session)
        kept = {name: value for name, value in given.items() if value is not None}
        return await body_of(client.openid_connect_token(**kept))

    async def tokens(self, user: str = TOM, **changed: str | None) -> Payload:
        """Sign a person in; gives the tokens."""
        return await self.exchange(await self.code(user, **changed))

    async def trusted(self, tokens: Payload) -> Payload:
        """Give the claims of a valid id_token; raises `Mistrust`."""
        try:
            claims = await asyncio.to_thread(self._verified, tokens["id_token"])
        except jwt.PyJWTError as error:
            raise Mistrust(type(error).__name__) from error
        algorithm = jwt.get_algorithm_by_name("RS256")
        digest = algorithm.compute_hash_digest(tokens["access_token"].encode())
        half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
        expected = {
            "nonce": self.nonce,
            "at_hash": half,
            "https://slack.com/team_id": TEAM_ID,
            "https://slack.com/user_id": TOM,
        }
        for name, value in expected.items():
            if claims[name] != value:
                raise Mistrust(name)
        return claims

    def _verified(self, id_token: str) -> Payload:
        keys = jwt.PyJWKClient(f"{self.it.url}/openid/connect/keys")
        claims: Payload = jwt.decode(
            id_token,
            keys.get_signing_key_from_jwt(id_token),
            algorithms=["RS256"],
            audience=self.it.config.client_id,
            issuer=self.it.url,
            options={"require": ["exp", "iat", "nonce", "sub"]},
        )
        return claims

    async def user_info(self, token: str) -> Payload:
        """Get the user info of a token with the official client."""
        client = AsyncWebClient(token, f"{self.it.url}/api/", session=self.it.session)
        return await body_of(client.openid_connect_userInfo())
