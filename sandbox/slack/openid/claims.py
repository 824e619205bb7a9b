"""The claims about a person in tokens and user info.

docs.slack.dev/reference/methods/openid.connect.token, openid.connect.userInfo.
"""

import hashlib
from typing import Final

from sandbox.company import COMPANY, DOMAIN, TEAM_DOMAIN, TEAM_ID, Person
from sandbox.slack.openid.keys import base64url
from sandbox.slack.payload import Payload

LIFETIME: Final = 300
"""Seconds that an id_token is valid, as Slack's are."""
_CONFIRMED: Final = 1_622_128_723
"""When all addresses were confirmed (Unix seconds); any past time works."""
_USER_SIZES: Final = (24, 32, 48, 72, 192, 512)
_TEAM_SIZES: Final = (34, 44, 68, 88, 102, 132, 230)
_SLACK: Final = "https://slack.com/"


def about(person: Person, scopes: frozenset[str]) -> Payload:
    """The claims that the scopes allow; `openid` alone gives the person and the workspace."""
    claims: Payload = {
        "sub": person.id,
        f"{_SLACK}team_id": person.team_id,
        f"{_SLACK}user_id": person.id,
    }
    if "email" in scopes:
        claims |= _email(person)
    if "profile" in scopes:
        claims |= _profile(person)
    return claims


def _email(person: Person) -> Payload:
    claims: Payload = {"email": person.email, "email_verified": person.is_email_confirmed}
    if person.is_email_confirmed:
        claims["date_email_verified"] = _CONFIRMED
    return claims


def _profile(person: Person) -> Payload:
    given, _, family = person.name.partition(" ")
    claims: Payload = {
        "locale": "en-US",
        "name": person.name,
        "given_name": given,
        "family_name": family,
        "picture": _picture(person.id, _USER_SIZES[-1]),
    }
    claims |= {f"{_SLACK}user_image_{size}": _picture(person.id, size) for size in _USER_SIZES}
    if person.team_id != TEAM_ID:
        return claims
    claims |= {f"{_SLACK}team_name": COMPANY, f"{_SLACK}team_domain": TEAM_DOMAIN}
    claims |= {f"{_SLACK}team_image_{size}": _picture(TEAM_ID, size) for size in _TEAM_SIZES}
    return claims


def _picture(of: str, size: int) -> str:
    return f"https://pictures.{DOMAIN}/{of}-{size}.png"


def at_hash(access_token: str) -> str:
    """The left half of the access token's digest (OpenID Connect Core 1.0, 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64url(digest[: len(digest) // 2])
