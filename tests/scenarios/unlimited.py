"""Slack without its limits, for tests that are not about them: nothing waits for a second to pass.

The bot keeps Slack's pace of one message a second in a channel by itself, with a key in Redis.
"""

import contextlib
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.adapters.redis.names import pace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def at_once(connected: Callable[[], Redis]) -> Middleware:
    """Give a channel the turn for its next message when one is posted, as time would do."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path.endswith("/chat.postMessage"):
            with contextlib.suppress(RedisError, OSError):  # it may be what fails in the test
                async with connected() as redis:
                    await redis.delete(*await redis.keys(pace("*")))
        return response

    return middleware
