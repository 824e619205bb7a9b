"""What a token says about somebody.

docs.slack.dev/reference/methods/openid.connect.token, openid.connect.userInfo.
"""

import hashlib
from typing import Final

from sandbox.company import COMPANY, DOMAIN, TEAM_DOMAIN, TEAM_ID, Person
from sandbox.slack.openid.keys import base64url
from sandbox.slack.payload import Payload

LIFETIME: Final = 300
"""Seconds that an id_token is good for; Slack's own."""
_CONFIRMED: Final = 1_622_128_723
"""When everybody's address was confirmed, Unix seconds; any moment in the past does."""
_USER_SIZES: Final = (24, 32, 48, 72, 192, 512)
_TEAM_SIZES: Final = (34, 44, 68, 88, 102, 132, 230)
_SLACK: Final = "https://slack.com/"


def about(person: Person, scopes: frozenset[str]) -> Payload:
    """Give the claims that the scopes let out; `openid` alone is who it is, and where."""
    told: Payload = {
        "sub": person.id,
        f"{_SLACK}team_id": person.team_id,
        f"{_SLACK}user_id": person.id,
    }
    if "email" in scopes:
        told |= _email(person)
    if "profile" in scopes:
        told |= _profile(person)
    return told


def _email(person: Person) -> Payload:
    told: Payload = {"email": person.email, "email_verified": person.is_email_confirmed}
    if person.is_email_confirmed:
        told["date_email_verified"] = _CONFIRMED
    return told


def _profile(person: Person) -> Payload:
    given, _, family = person.name.partition(" ")
    told: Payload = {
        "locale": "en-US",
        "name": person.name,
        "given_name": given,
        "family_name": family,
        "picture": _picture(person.id, _USER_SIZES[-1]),
    }
    told |= {f"{_SLACK}user_image_{size}": _picture(person.id, size) for size in _USER_SIZES}
    if person.team_id != TEAM_ID:
        return told
    told |= {f"{_SLACK}team_name": COMPANY, f"{_SLACK}team_domain": TEAM_DOMAIN}
    told |= {f"{_SLACK}team_image_{size}": _picture(TEAM_ID, size) for size in _TEAM_SIZES}
    return told


def _picture(of: str, size: int) -> str:
    return f"https://pictures.{DOMAIN}/{of}-{size}.png"


def at_hash(access_token: str) -> str:
    """Half of the access token's digest (OpenID Connect Core 1.0, 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64url(digest[: len(digest) // 2])
