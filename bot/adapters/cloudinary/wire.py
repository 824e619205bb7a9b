"""Cloudinary's account API without I/O: builds typed calls, reads answers, classifies errors.

Follows the Account Provisioning API 0.2.1 (OpenAPI): `/v1_1/provisioning` answers errors as
`{"error": {"message"}}`, `/v2/…/permissions` adds a category and a code. An error raised here
never carries a body or a header, not even as its cause: a body may hold secrets.
"""

import json
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

from bot import errors
from bot.adapters.cloudinary import retry
from bot.adapters.cloudinary.account import AccessPair
from bot.adapters.cloudinary.payload import Malformed
from bot.errors import CloudinaryError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MESSAGE_LENGTH: Final = 300
"""Characters kept of Cloudinary's message: enough for a sentence on a card."""

MAX_USAGE_RATE_EXCEEDED: Final = 420
"""Cloudinary's second rate-limit status, beside 429."""

REFUSALS: Final[Mapping[int, type[CloudinaryError]]] = {
    HTTPStatus.UNAUTHORIZED: errors.Unauthorized,
    HTTPStatus.FORBIDDEN: errors.Forbidden,
    HTTPStatus.NOT_FOUND: errors.NotFound,
    HTTPStatus.CONFLICT: errors.Conflict,
}
"""Other 4xx are `Invalid`, except 408."""
RATE_LIMITS: Final = frozenset({MAX_USAGE_RATE_EXCEEDED, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One request and the reader of its answer.

    `template` is the path as in the OpenAPI document; logs show it and not the filled path.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    template: str
    read: Callable[[object], T_co]
    segments: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    content: Mapping[str, object] | None = None
    bodiless: bool = False
    """Whether a success has an empty body."""
    pair: AccessPair | None = field(default=None, repr=False)
    """What signs in, in place of Keysmith's own account key."""

    @property
    def operation(self) -> str:
        """The name of the operation, without any id: the method and the words of the path."""
        _, _, path = self.template.partition("{account_id}/")
        public = self.template.removeprefix("/v2/accounts/")
        words = (part for part in (path or public).split("/") if part and part[0] != "{")
        return "_".join((self.method.lower(), *words))

    @property
    def changes(self) -> bool:
        """Whether the call may change something at Cloudinary."""
        return self.method != "GET"

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice has the same effect as sending it once."""
        return self.method != "POST"

    @property
    def body(self) -> bytes | None:
        """The JSON to send."""
        return None if self.content is None else json.dumps(self.content).encode()

    def target(self, account_id: str) -> str:
        """Path and query, percent-encoded; raises `Invalid` where an id is no path segment."""
        values = {**self.segments, "account_id": account_id}
        path = self.template.format_map({name: _segment(value) for name, value in values.items()})
        query = urlencode(self.query, errors="replace")
        return f"{path}?{query}" if query else path


def _segment(value: str) -> str:
    # Such a segment would address another resource: the list, or what lies above it.
    if value in {"", ".", ".."}:
        raise errors.Invalid("an id is missing")
    return quote(value, safe="", errors="replace")


@dataclass(frozen=True)
class Reply:
    """Cloudinary's answer; `flaw` is why the body is incomplete, as a text for people."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    flaw: str = ""


@dataclass(frozen=True)
class Lost:
    """No answer; `sent` is False only where the request certainly never arrived."""

    reason: str
    sent: bool


def read(call: Call[T], outcome: Reply | Lost, now: datetime) -> T:
    """Turn an outcome into the call's typed value; raises a `CloudinaryError` and nothing else."""
    if isinstance(outcome, Lost):
        raise errors.Unavailable(outcome.reason, maybe_done=call.changes and outcome.sent)
    if not HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        raise _refusal(outcome, now, changes=call.changes)
    flaw = outcome.flaw
    if not flaw:
        try:
            return call.read(None if call.bodiless else _load(outcome.body))
        except Malformed as error:
            flaw = str(error)
    raise errors.Unavailable(flaw, status=outcome.status, maybe_done=call.changes)


def wait_asked(outcome: Reply | Lost, now: datetime) -> float | None:
    """Seconds that Cloudinary asks the caller to wait; None where it does not."""
    if isinstance(outcome, Lost):
        return None
    return retry.wait_asked(outcome.headers, now, limited=outcome.status in RATE_LIMITS)


def _load(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    # Raised outside the handler: the decoder's error holds the whole body.
    flaw = "cut short or not JSON" if body.strip() else "empty"
    raise Malformed(f"Cloudinary's answer is {'a web page, not JSON' if _page(body) else flaw}")


def _page(body: bytes) -> bool:
    return body.removeprefix(BOM_UTF8).lstrip().startswith(b"<")


def _refusal(reply: Reply, now: datetime, *, changes: bool) -> CloudinaryError:
    status, message = reply.status, _message(reply)
    if status in RATE_LIMITS:
        return errors.RateLimited(message, status=status, retry_after=wait_asked(reply, now))
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if _page(reply.body) and status != HTTPStatus.NOT_FOUND:
        # Of a proxy or a filter: Cloudinary itself has refused nothing. It may have pages for 404.
        message = f"a web page with status {status} came in place of Cloudinary's answer"
    elif refused and status != HTTPStatus.REQUEST_TIMEOUT:
        return REFUSALS.get(status, errors.Invalid)(message, status=status)
    return errors.Unavailable(message, status=status, maybe_done=changes)


def _message(reply: Reply) -> str:
    """Cloudinary's message, made safe to show; the status where there is none."""
    try:
        found = _load(reply.body)
    except Malformed:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    text = error.get("message") if isinstance(error, dict) else error
    plain = _plain(text) if isinstance(text, str) else ""
    return plain or f"Cloudinary answered with status {reply.status}"


def _plain(text: str) -> str:
    """Drop control characters and line breaks, and cut the rest to `MESSAGE_LENGTH`."""
    visible = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join(visible.split())[:MESSAGE_LENGTH]
