"""Signed requests of the Upload API."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

UNSIGNED: Final = frozenset({"api_key", "cloud_name", "file", "resource_type", "signature"})
"""Parameters that a signature does not cover."""
DIGESTS: Final = {"sha1": 40, "sha256": 64}
"""Algorithms and the length of their signatures."""


def to_sign(fields: Mapping[str, str], *, encoded: bool) -> str:
    """The text that is signed; since version 2 an ampersand in it is encoded."""
    parts = [f"{name}={value}" for name, value in fields.items() if value and name not in UNSIGNED]
    return "&".join(sorted(each.replace("&", "%26") if encoded else each for each in parts))


def is_signed(fields: Mapping[str, str], secret: str) -> bool:
    """Whether the signature is one with this secret, of either version and algorithm."""
    given = fields.get("signature", "")
    return any(
        hmac.compare_digest(given.encode(), _digest(name, to_sign(fields, encoded=encoded), secret))
        for name, length in DIGESTS.items()
        if length == len(given)
        for encoded in (True, False)
    )


def _digest(name: str, text: str, secret: str) -> bytes:
    return hashlib.new(name, (text + secret).encode()).hexdigest().encode()
