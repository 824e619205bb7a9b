"""The codes and tokens that are out, each with what it stands for."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox.slack.openid.asking import Ask
from sandbox.slack.openid.forging import Forgery
from sandbox.slack.openid.keys import Keys, base64url

CODE_TTL: Final = 600.0
"""Seconds; the most that RFC 6749 4.1.2 recommends, and what Slack says of its other codes."""
_PREFIX: Final = "xoxp-sandbox-"
"""Of a user's token."""


def secret() -> str:
    """Something that nobody guesses."""
    return secrets.token_hex(24)


@dataclass
class Code:
    """An agreement to sign in; `token` is what it was exchanged for."""

    ask: Ask
    user: str
    agreed_at: float
    token: str | None = None

    def verified_by(self, verifier: str | None) -> bool:
        """Does the verifier fit the challenge (RFC 7636 4.6); neither is right too."""
        if self.ask.challenge is None or verifier is None:
            return self.ask.challenge is None and verifier is None
        digest = base64url(hashlib.sha256(verifier.encode()).digest())
        return hmac.compare_digest(digest, self.ask.challenge)

    def sent_from(self, redirect_uri: str | None) -> bool:
        """Is it the address of the request, which may be left out if it was left out there."""
        sent = self.ask.sent_uri
        return redirect_uri == sent or (sent is None and redirect_uri == self.ask.redirect_uri)


@dataclass(frozen=True)
class Token:
    """What a user's token lets its bearer know."""

    user: str
    scopes: frozenset[str]


@dataclass
class SignIns:
    """Everything that Sign in with Slack remembers; `forgeries` are the next tokens' faults."""

    clock: Callable[[], float]
    keys: Keys = field(default_factory=Keys)
    pending: dict[str, Ask] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    forgeries: list[Forgery] = field(default_factory=list)

    def show(self, ask: Ask) -> str:
        """Remember what a page asks somebody; gives the page's one-time token."""
        ticket = secret()
        self.pending[ticket] = ask
        return ticket

    def agree(self, ask: Ask, user: str) -> str:
        """Issue the code for somebody who agreed."""
        code = secret()
        self.codes[code] = Code(ask, user, self.clock())
        return code

    def exchange(self, code: Code) -> str:
        """Give the access token for a code."""
        code.token = _PREFIX + secret()
        self.tokens[code.token] = Token(code.user, code.ask.scopes)
        return code.token

    def is_expired(self, code: Code) -> bool:
        """Is the code too old."""
        return self.clock() - code.agreed_at > CODE_TTL

    def revoke(self, code: Code) -> None:
        """Take back what a code was exchanged for (RFC 6749 4.1.2)."""
        self.tokens.pop(code.token or "", None)

    def forgery(self) -> Forgery | None:
        """What is to be wrong with the next id_token."""
        return self.forgeries.pop(0) if self.forgeries else None

    def reset(self) -> None:
        """Forget everything, and sign with the first key."""
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
