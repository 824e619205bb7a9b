"""Slack's Retry-After: waited for as slack_sdk does, without a place in a worker."""

import random

from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.adapters.aside import wait_aside


class RateLimitHandler(AsyncRateLimitErrorRetryHandler):
    """Repeats a call after the pause that Slack asks for."""

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait."""
        del request
        if response is None:
            raise error or RuntimeError("a rate limit without an answer")
        state.next_attempt_requested = True
        asked = next((v for k, v in response.headers.items() if k.lower() == "retry-after"), "")
        seconds = asked[0] if isinstance(asked, list) else asked
        least = float(seconds) if seconds.isdecimal() else 1.0
        await wait_aside(least + random.random())  # noqa: S311  # spreads those who wait
        state.increment_current_attempt()
