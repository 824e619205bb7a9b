"""Sign in with Slack: the address to sign in at, and the claims behind a code.

docs.slack.dev/authentication/sign-in-with-slack. PyJWT verifies signature, issuer and audience;
`bot.domain.sign_in` decides the rest.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

import aiohttp
import jwt

from bot.adapters.network import fault_on_the_way, proxy_for
from bot.domain.sign_in import Attempt, IdToken
from bot.errors import SlackAway, SlackError

ALGORITHM: Final = "RS256"
KEYS_FOR: Final = 3600.0
"""Seconds that the published keys are kept."""
KEYS_PAUSE: Final = 60.0
"""Seconds before they are read again for a key that is not among them: anyone can name one."""
WITHIN: Final = aiohttp.ClientTimeout(total=10)
NOT_PROVEN: Final = "id_token"
"""Code of a token that is not Slack's, or not for this app."""
_TEAM: Final = "https://slack.com/team_id"
_USER: Final = "https://slack.com/user_id"
_ENTERPRISE: Final = "https://slack.com/enterprise_id"
_REQUIRED: Final = ("iss", "aud", "exp", "iat", "nonce", _TEAM, _USER)


@dataclass
class SlackSignIn:
    """Slack as an OpenID Connect provider, for the app's own client."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    api_url: str
    team_id: str
    session: aiohttp.ClientSession
    now: Callable[[], float] = time.monotonic
    _keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    _read_at: float | None = None

    @property
    def issuer(self) -> str:
        """Slack's origin, which serves the Web API too."""
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc}"

    def address(self, attempt: Attempt) -> str:
        """Where a browser signs in."""
        query = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_url,
            "team": self.team_id,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge_of(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.issuer}/openid/connect/authorize?{urlencode(query)}"

    async def claims(self, code: str, verifier: str) -> IdToken:
        """Exchange a code for its claims; the access token is thrown away.

        Raises `SlackAway` where Slack does not answer, and `SlackError` where it refuses, or where
        the token is not its own.
        """
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": self.redirect_url,
            "code": code,
            "code_verifier": verifier,
        }
        answer = await self._call("POST", f"{self.api_url}openid.connect.token", form)
        if answer.get("ok") is not True:
            raise SlackError(str(answer.get("error") or NOT_PROVEN))
        return await self._verified(str(answer.get("id_token", "")), answer.get("access_token"))

    async def _verified(self, token: str, access_token: object) -> IdToken:
        try:
            # Of times the domain decides, by its own clock.
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            found: Mapping[str, object] = await asyncio.to_thread(
                jwt.decode,
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self.client_id,
                issuer=self.issuer,
                options={
                    "require": list(_REQUIRED),
                    "strict_aud": True,
                    "enforce_minimum_key_length": True,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise SlackError(NOT_PROVEN) from error
        hashed = found.get("at_hash")
        if hashed is not None and hashed != _at_hash(str(access_token)):
            raise SlackError(NOT_PROVEN)
        return _claims(found)

    async def _key(self, kid: str) -> jwt.PyJWK:
        """Find a published key; Slack may have changed them since they were read."""
        age = KEYS_FOR if self._read_at is None else self.now() - self._read_at
        if age >= KEYS_FOR or (kid not in self._keys and age >= KEYS_PAUSE):
            answer = await self._call("GET", f"{self.issuer}/openid/connect/keys")
            read = jwt.PyJWKSet.from_dict(dict(answer)).keys
            self._keys = {each.key_id: each for each in read if each.key_id}
            self._read_at = self.now()
        if kid not in self._keys:
            raise SlackError(NOT_PROVEN)
        return self._keys[kid]

    async def _call(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> Mapping[str, object]:
        try:
            async with self.session.request(
                method, url, data=form, proxy=proxy_for(url), timeout=WITHIN, allow_redirects=False
            ) as answer:
                body = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackAway("sign_in", fault_on_the_way(error, url)) from None
        if not answer.ok or not isinstance(body, dict):
            raise SlackAway(f"status_{answer.status}")
        return body


def challenge_of(verifier: str) -> str:
    """The S256 challenge of RFC 7636, 4.2."""
    return _base64(hashlib.sha256(verifier.encode()).digest())


def _at_hash(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()
    return _base64(digest[: len(digest) // 2])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _claims(found: Mapping[str, object]) -> IdToken:
    try:
        return IdToken(
            nonce=str(found["nonce"]),
            issued_at=datetime.fromtimestamp(float(str(found["iat"])), UTC),
            expires_at=datetime.fromtimestamp(float(str(found["exp"])), UTC),
            team_id=str(found[_TEAM]),
            user_id=str(found[_USER]),
            enterprise_id=str(found.get(_ENTERPRISE) or ""),
        )
    except (ValueError, OverflowError, OSError) as error:
        raise SlackError(NOT_PROVEN) from error
