"""A busy service's own wait is what the person is told."""

from collections.abc import Callable

import pytest

from bot.cards import faults as cards
from bot.cards.kit import plain
from bot.errors import KeysmithError, RateLimited, SlackAway, SlackError
from handlers.faults import failed

WAITS = {
    None: "in 1 minute.",
    0.2: "in 1 minute.",
    60.0: "in 1 minute.",
    60.1: "in 2 minutes.",
    300.0: "in 5 minutes.",
    7_201.0: "in 3 hours.",
    1e300: "in 1 day.",
}


def of_cloudinary(seconds: float | None) -> KeysmithError:
    """Fail as Cloudinary's 420 or 429 does."""
    return RateLimited("too many calls", status=420, retry_after=seconds)


def of_slack(seconds: float | None) -> KeysmithError:
    """Fail as Slack's 429 does."""
    error = SlackAway("ratelimited")
    error.retry_after = seconds or 0.0
    return error


@pytest.mark.parametrize("error", [of_cloudinary, of_slack])
@pytest.mark.parametrize(("seconds", "told"), WAITS.items())
def test_the_wait_that_a_busy_service_asks_for_is_told(
    error: Callable[[float | None], KeysmithError], seconds: float | None, told: str
) -> None:
    """Rounded up: a person who waits as told does not come too early"""
    assert f"Try again {told}" in plain(cards.failed(failed(error(seconds))))


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_refused_token_is_told_as_what_waiting_does_not_change(code: str) -> None:
    """Who has to do what, and how to disable a key until then"""
    told = plain(cards.failed(failed(SlackError(code))))
    assert "Slack refuses Keysmith's token. Nothing changed." in told
    assert "to install its app" in told
    assert "Cloudinary's Console" in told
    assert "in a minute" not in told
