"""Cloudinary's account API without a socket: a typed call out, an answer in, errors deciphered.

Follows the Account Provisioning API 0.2.1 (OpenAPI): `/v1_1/provisioning` answers errors as
`{"error": {"message"}}`, `/v2/…/permissions` adds a category and a code. No error raised here
carries a body or a header, not even as the cause of another: a body may hold secrets.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

from bot.adapters.cloudinary.payload import Malformed
from bot.adapters.cloudinary.retry import rate_limit_reset, retry_after
from bot.errors import (
    CloudinaryError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MESSAGE_LENGTH: Final = 300
"""Characters of Cloudinary's own words that are kept: enough for a sentence on a card."""

MAX_USAGE_RATE_EXCEEDED: Final = 420
"""Cloudinary's own status beside 429."""

REFUSALS: Final[Mapping[int, type[CloudinaryError]]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
}
RATE_LIMITS: Final = frozenset({MAX_USAGE_RATE_EXCEEDED, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One request, and how its answer is read.

    `template` is the path as the OpenAPI document writes it; it is what logs may show.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    template: str
    read: Callable[[object], T_co]
    segments: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    content: Mapping[str, str | bool] | None = None

    @property
    def changes(self) -> bool:
        """Whether Cloudinary may be different afterwards."""
        return self.method != "GET"

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method != "POST"

    @property
    def body(self) -> bytes | None:
        """The JSON to send."""
        return None if self.content is None else json.dumps(self.content).encode()

    def target(self, account_id: str) -> str:
        """Path and query, percent-encoded.

        Raises:
            Invalid: a segment that would lead to another path.

        """
        values = {**self.segments, "account_id": account_id}
        path = self.template.format_map({name: _segment(value) for name, value in values.items()})
        query = urlencode(self.query, errors="replace")
        return f"{path}?{query}" if query else path


def _segment(value: str) -> str:
    if value in {"", ".", ".."}:
        raise Invalid("an id is missing")
    return quote(value, safe="", errors="replace")


@dataclass(frozen=True)
class Reply:
    """What came back; `flaw` says why the body could not be read whole, in plain words."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    flaw: str = ""


@dataclass(frozen=True)
class Lost:
    """Nothing came back; `sent` is False where the request certainly never arrived."""

    reason: str
    sent: bool


def read(call: Call[T], outcome: Reply | Lost, now: datetime) -> T:
    """Make a typed value of an answer.

    Raises:
        CloudinaryError: whichever of the tree fits, and nothing else.

    """
    if isinstance(outcome, Lost):
        raise Unavailable(outcome.reason, maybe_done=call.changes and outcome.sent)
    if not HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        raise _refusal(outcome, now, changes=call.changes)
    flaw = outcome.flaw
    if not flaw:
        try:
            return call.read(_load(outcome.body))
        except Malformed as error:
            flaw = str(error)
    raise Unavailable(flaw, status=outcome.status, maybe_done=call.changes)


def wait_asked(outcome: Reply | Lost, now: datetime) -> float | None:
    """Seconds for which Cloudinary wants to be left alone; None where it does not say."""
    if isinstance(outcome, Lost):
        return None
    asked = retry_after(outcome.headers, now)
    if asked is None and outcome.status in RATE_LIMITS:
        return rate_limit_reset(outcome.headers, now)
    return asked


def _load(body: bytes) -> object:
    try:
        loaded: object = json.loads(body)
    except (ValueError, RecursionError):
        loaded = Malformed(_what_it_is(body))
    # Raised out here because the decoder's own error keeps the whole body.
    if isinstance(loaded, Malformed):
        raise loaded
    return loaded


def _what_it_is(body: bytes) -> str:
    start = body.lstrip()[:1]
    if not start:
        return "Cloudinary's answer is empty"
    if start == b"<":
        return "Cloudinary's answer is a web page, not JSON"
    return "Cloudinary's answer is cut short or not JSON"


def _refusal(reply: Reply, now: datetime, *, changes: bool) -> CloudinaryError:
    status, message = reply.status, _message(reply)
    if status in RATE_LIMITS:
        return RateLimited(message, status=status, retry_after=wait_asked(reply, now))
    if status in REFUSALS:
        return REFUSALS[status](message, status=status)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and status != HTTPStatus.REQUEST_TIMEOUT:
        return Invalid(message, status=status)
    return Unavailable(message, status=status, maybe_done=changes)


def _message(reply: Reply) -> str:
    """Cloudinary's own words, made safe to show; the bare status where there are none."""
    try:
        found = _load(reply.body)
    except Malformed:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    words = _plain(said) if isinstance(said, str) else ""
    return words or f"Cloudinary answered with status {reply.status}"


def _plain(text: str) -> str:
    visible = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join(visible.split())[:MESSAGE_LENGTH]
