"""Issued codes and tokens of Sign in with Slack."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox.slack.openid.forgeries import Forgery
from sandbox.slack.openid.keys import Keys, base64url
from sandbox.slack.openid.requests import AuthorizationRequest

CODE_TTL: Final = 600.0
"""Seconds; the maximum that RFC 6749 4.1.2 recommends, and that of Slack's other codes."""
_PREFIX: Final = "xoxp-sandbox-"
"""Prefix of users' tokens."""


def secret() -> str:
    """Give an unguessable secret."""
    return secrets.token_hex(24)


@dataclass
class Code:
    """An authorization code; `token` is the access token that it was exchanged for."""

    request: AuthorizationRequest
    user: str
    authorized_at: float
    token: str | None = None

    def verified_by(self, verifier: str | None) -> bool:
        """Whether the verifier matches the challenge (RFC 7636 4.6), or both are absent."""
        if self.request.challenge is None or verifier is None:
            return self.request.challenge is None and verifier is None
        digest = base64url(hashlib.sha256(verifier.encode()).digest())
        return hmac.compare_digest(digest, self.request.challenge)

    def sent_from(self, redirect_uri: str | None) -> bool:
        """Whether the URI is the authorization request's, or absent as it was there."""
        sent = self.request.sent_uri
        return redirect_uri == sent or (sent is None and redirect_uri == self.request.redirect_uri)


@dataclass(frozen=True)
class Token:
    """An access token's user and scopes."""

    user: str
    scopes: frozenset[str]


@dataclass
class SignIns:
    """The state of Sign in with Slack; `forgeries` are the faults of the next id_tokens."""

    clock: Callable[[], float]
    keys: Keys = field(default_factory=Keys)
    pending: dict[str, AuthorizationRequest] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    forgeries: list[Forgery] = field(default_factory=list)

    def remember(self, request: AuthorizationRequest) -> str:
        """Keep a request while its page is open; gives the page's one-time ticket."""
        ticket = secret()
        self.pending[ticket] = request
        return ticket

    def issue_code(self, request: AuthorizationRequest, user: str) -> str:
        """Issue the code for a person who agreed."""
        code = secret()
        self.codes[code] = Code(request, user, self.clock())
        return code

    def exchange(self, code: Code) -> str:
        """Exchange a code for an access token."""
        code.token = _PREFIX + secret()
        self.tokens[code.token] = Token(code.user, code.request.scopes)
        return code.token

    def is_expired(self, code: Code) -> bool:
        """Whether the code is too old."""
        return self.clock() - code.authorized_at > CODE_TTL

    def revoke(self, code: Code) -> None:
        """Revoke the token that a code was exchanged for (RFC 6749 4.1.2)."""
        self.tokens.pop(code.token or "", None)

    def forgery(self) -> Forgery | None:
        """The fault of the next id_token, removed from the list; None for a correct one."""
        return self.forgeries.pop(0) if self.forgeries else None

    def reset(self) -> None:
        """Forget everything, and sign with the first key again."""
        for kept in (self.pending, self.codes, self.tokens, self.forgeries):
            kept.clear()
        self.keys.reset()


def basic(header: str) -> tuple[str, str] | None:
    """The client's id and secret in an `Authorization` header (`client_secret_basic`)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return name, password
