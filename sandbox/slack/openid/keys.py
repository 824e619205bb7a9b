"""Signing id_tokens, and the keys for it (RFC 7515, 7517, 7518)."""

import base64
import json
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.slack.payload import Payload

_EXPONENT: Final = 65537
_BITS: Final = 2048
"""The minimum for RS256 (RFC 7518, 3.3)."""


def base64url(octets: bytes) -> str:
    """Encode as RFC 7515 does, without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _part(content: Payload) -> str:
    return base64url(json.dumps(content, separators=(",", ":")).encode())


@dataclass(frozen=True)
class SigningKey:
    """A key pair and its key id."""

    kid: str
    private: RSAPrivateKey = field(
        default_factory=lambda: generate_private_key(_EXPONENT, _BITS), repr=False
    )

    def sign(self, claims: Payload) -> str:
        """Give the claims as a signed JWT."""
        header: Payload = {"typ": "JWT", "alg": "RS256", "kid": self.kid}
        signed = f"{_part(header)}.{_part(claims)}"
        signature = self.private.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"

    def as_json(self) -> Payload:
        """The public half, as a JWK."""
        public = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "e": _number(public.e),
            "n": _number(public.n),
        }


def unsigned(claims: Payload) -> str:
    """Give the claims as an unsigned JWT (`alg: none`)."""
    return f"{_part({'typ': 'JWT', 'alg': 'none'})}.{_part(claims)}."


@dataclass
class Keys:
    """The published keys, of which the last one signs; keys are generated on first use."""

    published: list[SigningKey] = field(default_factory=list)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self.published[-1] if self.published else self.rotate()

    def rotate(self) -> SigningKey:
        """Switch to a new signing key; the old ones stay published."""
        self.published.append(SigningKey(f"sandbox-{len(self.published) + 1}"))
        return self.published[-1]

    def as_json(self) -> Payload:
        """The published keys, as a JWK set."""
        return {"keys": [key.as_json() for key in (self.published or [self.rotate()])]}

    def reset(self) -> None:
        """Go back to the first key, and publish no other."""
        del self.published[1:]
