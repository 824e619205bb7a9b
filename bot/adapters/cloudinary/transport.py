"""Sends calls to Cloudinary over HTTP, and repeats those that are safe to repeat."""

from dataclasses import dataclass, field
from typing import Final, TypeVar

import aiohttp
import structlog
from structlog.typing import FilteringBoundLogger
from yarl import URL

from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.retry import Retries, Timing
from bot.adapters.cloudinary.wire import Call, Lost, Reply, read, wait_asked
from bot.adapters.network import fault_on_the_way, proxy_for
from bot.errors import CloudinaryError, RateLimited, Unavailable
from bot.flows.correlation import current_id

T = TypeVar("T")

TOTAL_SECONDS: Final = 10.0
"""For one attempt: Cloudinary needs a few seconds for a large list, and a person is waiting."""
CONNECT_SECONDS: Final = 3.0
"""A handshake takes well under a second; the rest is for a lost packet and its repetition."""
BODY_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of an answer: ten thousand keys take about 3 MiB, so a larger one is a fault."""

NEVER_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)
"""Failures in which the request certainly never reached Cloudinary."""

JSON: Final = "application/json"


@dataclass(frozen=True)
class Transport:
    """Sends the calls of one account. The caller owns the session and closes it."""

    session: aiohttp.ClientSession
    account: AccountCredentials
    base_url: str
    retries: Retries = field(default_factory=Retries)
    timing: Timing = field(default_factory=Timing)
    log: FilteringBoundLogger = field(default_factory=structlog.get_logger)

    async def send(self, call: Call[T]) -> T:
        """Make a call, and repeat it where that is safe and may help.

        Raises a `CloudinaryError`. Once one attempt leaves it open whether the change was made,
        the error says so (`maybe_done`), however a later attempt ends.
        """
        retries, timing = self.retries, self.timing
        started, attempt, uncertain = timing.monotonic(), 0, False
        while True:
            attempt += 1
            left = retries.budget - (timing.monotonic() - started)
            outcome = await self._attempt(call, min(TOTAL_SECONDS, left))
            elapsed, now = timing.monotonic() - started, timing.now()
            try:
                return read(call, outcome, now)
            except CloudinaryError as error:
                uncertain = uncertain or (isinstance(error, Unavailable) and error.maybe_done)
                pause = retries.pause(attempt, elapsed, wait_asked(outcome, now), timing.dice())
                passing = isinstance(error, RateLimited | Unavailable)
                if pause is None or not call.repeatable or not passing:
                    raise _unsettled(error) if uncertain else error from None
            await timing.sleep(pause)

    async def _attempt(self, call: Call[T], seconds: float) -> Reply | Lost:
        started = self.timing.monotonic()
        outcome = await self._exchange(call, seconds)
        spent = self.timing.monotonic() - started
        self.log.debug(
            "cloudinary",
            method=call.method,
            operation=call.operation,
            outcome=outcome.reason if isinstance(outcome, Lost) else outcome.status,
            ms=round(spent * 1000),
        )
        return outcome

    async def _exchange(self, call: Call[T], seconds: float) -> Reply | Lost:
        basic = (call.pair or self.account).basic
        headers = {"Authorization": basic, "User-Agent": "Keysmith", "Accept": JSON}
        if call.content is not None:
            headers["Content-Type"] = JSON
        if asked := current_id():
            headers["X-Request-Id"] = asked
        url = self.base_url.rstrip("/") + call.target(self.account.account_id)
        limit = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))
        # No error of aiohttp leaves this method: some hold the request with its `Authorization`.
        try:
            async with self.session.request(
                call.method,
                URL(url, encoded=True),
                headers=headers,
                data=call.body,
                allow_redirects=False,
                timeout=limit,
                proxy=proxy_for(url),
                middlewares=(_once,),
                trace_request_ctx=call.operation,
            ) as response:
                return await _receive(response)
        except NEVER_SENT as error:
            reason = fault_on_the_way(error, url)
            return Lost(f"Cloudinary could not be reached: {reason}", sent=False)
        except TimeoutError:
            return Lost("Cloudinary did not answer in time", sent=True)
        except (aiohttp.ClientError, OSError):
            return Lost("the connection to Cloudinary broke", sent=True)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Stop aiohttp from repeating a request by itself: that would hide an uncertain first one.

    aiohttp repeats a GET or PUT after these two errors, so both leave as their common base class.
    """
    try:
        return await handler(request)
    except NEVER_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        pass
    raise aiohttp.ClientConnectionError


async def _receive(response: aiohttp.ClientResponse) -> Reply:
    body = bytearray()
    flaw = ""
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > BODY_LIMIT:
                flaw = "Cloudinary's answer is too large"
                break
    except TimeoutError:
        flaw = "Cloudinary's answer did not end in time"
    except (aiohttp.ClientError, OSError):
        flaw = "Cloudinary's answer broke off"
    return Reply(response.status, response.headers, b"" if flaw else bytes(body), flaw)


def _unsettled(error: CloudinaryError) -> Unavailable:
    return Unavailable(error.message, status=error.status, maybe_done=True)
