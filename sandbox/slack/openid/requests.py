"""Authorization requests, with which apps send people to `/openid/connect/authorize`.

RFC 6749 4.1.1, RFC 7636 4.3, docs.slack.dev/authentication/sign-in-with-slack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from multidict import MultiMapping
from yarl import URL

from sandbox.company import TEAM_ID
from sandbox.slack.config import SlackConfig

SCOPES: Final = frozenset({"openid", "profile", "email"})
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 digest in base64url, without padding."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class NotRedirectable(Exception):
    """The request is invalid and no redirect is safe, since the app or its URI is unknown."""


class ErrorRedirect(Exception):
    """The request is invalid; the person is redirected to `location`, which has the error."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True)
class AuthorizationRequest:
    """A valid request; `sent_uri` is its redirect URI, None if the app relies on the default."""

    client_id: str
    redirect_uri: str
    sent_uri: str | None
    scopes: frozenset[str]
    state: str | None
    nonce: str | None
    challenge: str | None

    def redirect(self, **given: str) -> str:
        """The URL to send the person back to, with parameters for the app."""
        return _back_to(self.redirect_uri, self.state, **given)


def _back_to(redirect_uri: str, state: str | None, **given: str) -> str:
    return str(
        URL(redirect_uri).update_query(given if state is None else {**given, "state": state})
    )


def read(query: MultiMapping[str], config: SlackConfig) -> AuthorizationRequest:
    """Read a request; raises `NotRedirectable` or `ErrorRedirect`."""
    repeated = [name for name in set(query) if len(query.getall(name)) > 1]
    if repeated:
        raise NotRedirectable(f"Given more than once: {', '.join(sorted(repeated))}.")
    if query.get("client_id") != config.client_id:
        raise NotRedirectable("Invalid client_id parameter.")
    sent = query.get("redirect_uri")
    target = sent or next(iter(config.redirect_urls), "")
    if not is_registered(target, config.redirect_urls):
        raise NotRedirectable(f"redirect_uri did not match any configured URIs. Passed URI: {sent}")
    for error in _errors(query):
        raise ErrorRedirect(_back_to(target, query.get("state"), error=error))
    return AuthorizationRequest(
        client_id=config.client_id,
        redirect_uri=target,
        sent_uri=sent,
        scopes=_scopes(query),
        state=query.get("state"),
        nonce=query.get("nonce"),
        challenge=query.get("code_challenge"),
    )


def _scopes(query: MultiMapping[str]) -> frozenset[str]:
    return frozenset(re.split(r"[ ,]+", query.get("scope", "").strip()))


def _errors(query: MultiMapping[str]) -> Iterator[str]:
    """The request's errors (RFC 6749 4.1.2.1)."""
    if query.get("response_type") != "code":
        yield "unsupported_response_type"
    scopes = _scopes(query)
    if "openid" not in scopes or not scopes <= SCOPES:
        yield "invalid_scope"
    if query.get("response_mode", "query") != "query":
        yield "invalid_request"
    if query.get("team", TEAM_ID) != TEAM_ID:
        yield "invalid_request"
    challenge, method = query.get("code_challenge"), query.get("code_challenge_method")
    if (challenge is None) != (method is None) or method not in {None, "S256"}:
        yield "invalid_request"
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        yield "invalid_request"


def is_registered(uri: str, registered: tuple[str, ...]) -> bool:
    """Whether a URI is a registered one, or below one."""
    given = _split(uri)
    return given is not None and any(
        _is_below(given, known) for known in map(_split, registered) if known is not None
    )


def _split(uri: str) -> SplitResult | None:
    try:
        found = urlsplit(uri)
        safe = found.scheme == "https" or found.hostname in _LOOPBACK
    except ValueError:
        return None
    odd = found.fragment or "@" in found.netloc or ".." in unquote(found.path).split("/")
    return found if safe and found.hostname and not (odd or "\\" in uri) else None


def _is_below(given: SplitResult, known: SplitResult) -> bool:
    if (given.scheme, given.netloc.lower()) != (known.scheme, known.netloc.lower()):
        return False
    folder = known.path.rstrip("/") + "/"
    return given.path in {known.path, folder.rstrip("/")} or given.path.startswith(folder)
