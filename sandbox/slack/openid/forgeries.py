"""Forged id_tokens, each with one fault that a client must detect."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sandbox.company import PARTNER_TEAM_ID
from sandbox.slack.openid.keys import Keys, SigningKey, unsigned
from sandbox.slack.payload import Payload

_AN_HOUR: Final = 3600
"""Seconds; more clock skew than any client should allow."""


class Forgery(StrEnum):
    """The fault of a forged token."""

    NONCE = "nonce"
    AUDIENCE = "audience"
    ISSUER = "issuer"
    EXPIRED = "expired"
    EARLY = "early"
    TEAM = "team"
    USER = "user"
    HASH = "at_hash"
    KEY = "key"
    UNSIGNED = "none"


_CLAIMS: Final[Mapping[Forgery, Payload]] = MappingProxyType(
    {
        Forgery.NONCE: {"nonce": "of-another-sign-in"},
        Forgery.AUDIENCE: {"aud": "1.another-app"},
        Forgery.ISSUER: {"iss": "https://slack.example"},
        Forgery.TEAM: {"https://slack.com/team_id": PARTNER_TEAM_ID},
        Forgery.USER: {"https://slack.com/user_id": "U0SOMEBODY", "sub": "U0SOMEBODY"},
        Forgery.HASH: {"at_hash": "b2YtYW5vdGhlci10b2tlbg"},
    }
)
_SHIFTS: Final[Mapping[Forgery, int]] = MappingProxyType(
    {Forgery.EXPIRED: -_AN_HOUR, Forgery.EARLY: _AN_HOUR}
)


def forge(claims: Payload, forgery: Forgery | None, keys: Keys) -> str:
    """Sign the claims with the fault of the forgery; None signs them correctly."""
    if forgery is None:
        return keys.current.sign(claims)
    shift = _SHIFTS.get(forgery, 0)
    shifted = {name: claims[name] + shift for name in ("iat", "exp", "auth_time")}
    wrong = {**claims, **shifted, **_CLAIMS.get(forgery, {})}
    if forgery is Forgery.UNSIGNED:
        return unsigned(wrong)
    key = SigningKey(keys.current.kid) if forgery is Forgery.KEY else keys.current
    return key.sign(wrong)
