import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.cloudinary import calls
from bot.adapters.cloudinary.wire import Call, Lost, Reply, read, wait_asked
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
from tests.fakes.every_call import PLACE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GET = calls.list_keys("e1", 1)
PUT = calls.update_key("e1", "814", enabled=False)
POST = calls.generate_key(PLACE, "ci-bot")


def reply(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
    """Build an answer; bytes stay as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, headers or {}, content)


def error_from(call: Call[object], outcome: Reply | Lost) -> CloudinaryError:
    """Read an answer that must be an error."""
    with pytest.raises(CloudinaryError) as caught:
        read(call, outcome, NOW)
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (418, Invalid),
        (420, RateLimited),
        (422, Invalid),
        (429, RateLimited),
        (302, Unavailable),
        (408, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (599, Unavailable),
    ],
)
def test_each_status_has_one_error(status: int, kind: type[CloudinaryError]) -> None:
    """A status becomes one class of the tree, with the status in it"""
    error = error_from(GET, reply(status, {"error": {"message": "no"}}))

    assert (kind, status, "no") == (type(error), error.status, error.message)


FILTERED: Final = (400, 401, 403, 407, 409, 451)
"""With a page, the answer of a proxy or a filter: Cloudinary has refused no key, and no id."""


@dataclass(frozen=True)
class Failure:
    """One way for a call to fail, and the methods whose change may have been made all the same."""

    outcome: Reply | Lost
    uncertain: set[str]


@pytest.mark.parametrize(
    "failure",
    [
        Failure(Lost("cut", sent=True), {"PUT", "POST"}),
        Failure(Lost("refused", sent=False), set()),
        Failure(reply(500), {"PUT", "POST"}),
        Failure(reply(503, b"<html>busy</html>"), {"PUT", "POST"}),
        *(Failure(reply(status, b" <html>no</html>"), {"PUT", "POST"}) for status in FILTERED),
        Failure(reply(403, b"\xef\xbb\xbf<html>no</html>"), {"PUT", "POST"}),
        Failure(reply(200, b""), {"PUT", "POST"}),
        Failure(reply(200, b"<!doctype html>"), {"PUT", "POST"}),
        Failure(reply(200, b'{"access_keys": [{"na'), {"PUT", "POST"}),
        Failure(reply(200, []), {"PUT", "POST"}),
        Failure(Reply(200, {}, b"", "too large"), {"PUT", "POST"}),
    ],
)
def test_only_a_change_that_was_sent_is_with_unknown_result(failure: Failure) -> None:
    """`maybe_done` is set only where the change may have been made"""
    errors = {call.method: error_from(call, failure.outcome) for call in (GET, PUT, POST)}

    assert failure.uncertain == {
        method for method, error in errors.items() if getattr(error, "maybe_done", None)
    }
    assert {Unavailable} == {type(error) for error in errors.values()}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Cloudinary's answer is empty"),
        (b"  <html>", "Cloudinary's answer is a web page, not JSON"),
        (b'{"access_keys": [', "Cloudinary's answer is cut short or not JSON"),
        (b"\xff\xfe\xfd", "Cloudinary's answer is cut short or not JSON"),
        (b"[" * 100_000, "Cloudinary's answer is cut short or not JSON"),
        (b"7", "Cloudinary's answer is wrong: the whole is not an object"),
        (b'{"access_keys": 7}', "Cloudinary's answer is wrong: access_keys is not a list"),
        (
            b'{"access_keys": [{"api_key": 814}]}',
            "Cloudinary's answer is wrong: api_key is missing or not a text",
        ),
        (
            b'{"access_keys": [{"api_key": "814", "enabled": "maybe"}]}',
            "Cloudinary's answer is wrong: enabled is neither true nor false",
        ),
    ],
)
def test_an_unreadable_answer_is_named_and_not_quoted(body: bytes, message: str) -> None:
    """The message names the fault without a quotation"""
    error = error_from(GET, reply(200, body))

    assert (message, None, None) == (error.message, error.__cause__, error.__context__)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "not found"}}, "not found"),
        (
            {"error": {"category": "user_error", "code": "A1", "message": "not allowed"}},
            "not allowed",
        ),
        ({"error": "plain"}, "plain"),
        ({"error": {"message": "a\x00b\r\n\u202ec  d"}}, "a b c d"),
        ({"error": {"message": "x" * 1000}}, "x" * 300),
        ({"error": {"message": 7}}, "Cloudinary answered with status 404"),
        ({"error": {"message": "\n"}}, "Cloudinary answered with status 404"),
        ([], "Cloudinary answered with status 404"),
        (b"?", "Cloudinary answered with status 404"),
        (b"<html>", "Cloudinary answered with status 404"),
    ],
)
def test_cloudinarys_words_are_kept_and_made_safe(body: object, message: str) -> None:
    """Cloudinary's message is kept, short and without control characters"""
    assert message == error_from(GET, reply(404, body)).message


RESET = "X-FeatureRateLimit-Reset"
IN_A_MINUTE = "Sun, 01 Mar 2026 12:01:00 GMT"


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {}, None),
        (429, {"Retry-After": "7"}, 7.0),
        (420, {"retry-after": "0.5"}, 0.5),
        (429, {"Retry-After": IN_A_MINUTE}, 60.0),
        (429, {"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "-1"}, None),
        (429, {"Retry-After": "nan"}, None),
        (429, {"Retry-After": "1e999"}, None),
        (429, {RESET: IN_A_MINUTE}, 60.0),
        (429, {RESET: IN_A_MINUTE, "Retry-After": "3"}, 3.0),
        (503, {"Retry-After": "7"}, 7.0),
        (503, {RESET: IN_A_MINUTE}, None),
    ],
)
def test_the_wait_that_cloudinary_asks_for_is_understood(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    """Seconds or a date; the reset header counts only at a rate limit"""
    assert seconds == wait_asked(reply(status, headers=headers), NOW)


def test_a_rate_limit_carries_its_wait() -> None:
    """`retry_after` of the error is the wait that Cloudinary asks for"""
    error = error_from(GET, reply(429, headers={"Retry-After": "7"}))

    assert isinstance(error, RateLimited)
    assert error.retry_after == 7.0


@given(st.text())
def test_any_header_text_is_survived(text: str) -> None:
    """No header text makes the reader fail"""
    asked = wait_asked(reply(429, headers={"Retry-After": text, RESET: text}), NOW)

    assert asked is None or asked >= 0
