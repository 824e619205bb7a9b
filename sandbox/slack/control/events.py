"""The Events API, with its retries (docs.slack.dev/apis/events-api)."""

import asyncio

from sandbox.slack import callbacks
from sandbox.slack.courier import Ack, Delivered, Kind
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin


async def deliver_event(twin: Twin, inner: Payload) -> Ack:
    """Deliver an event; what fails is tried again later, in the background."""
    payload = callbacks.event(twin, inner)
    ack = await twin.courier.deliver(Kind.EVENT, payload)
    if _worth_a_retry(ack):
        twin.background.start(_retry(twin, payload, ack))
    return ack


def _worth_a_retry(ack: Ack) -> bool:
    return ack.delivered is not Delivered.OK and not ack.no_retry


def _reason(ack: Ack) -> str:
    if ack.delivered is Delivered.TIMEOUT:
        return "http_timeout"
    return "connection_failed" if ack.status is None else "http_error"


async def _retry(twin: Twin, payload: Payload, failed: Ack) -> None:
    """Try again after each delay, until the bot takes the event or declines it."""
    for number, delay in enumerate(twin.config.event_retry_delays, start=1):
        await asyncio.sleep(delay)
        about = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": _reason(failed)}
        failed = await twin.courier.deliver(Kind.EVENT, payload, about)
        if not _worth_a_retry(failed):
            return
