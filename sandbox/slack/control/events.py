"""The Events API, with its retries (docs.slack.dev/apis/events-api)."""

from sandbox.slack import callbacks
from sandbox.slack.acks import NOT_SENT, Ack, Delivered, Kind, Retry
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin


async def deliver_event(twin: Twin, inner: Payload, *, force: bool = False) -> Ack:
    """Deliver an event, if the app is subscribed to its type (or with `force`).

    A failed delivery is retried in the background.
    """
    if not (force or twin.config.manifest.is_subscribed_to(inner)):
        return NOT_SENT
    payload = callbacks.event(twin, inner)
    ack = await twin.delivery.deliver(Kind.EVENT, payload)
    if _worth_a_retry(ack):
        twin.background.start(_retry(twin, payload, ack))
    return ack


def _worth_a_retry(ack: Ack) -> bool:
    return ack.delivered is not Delivered.OK and not ack.no_retry


async def _retry(twin: Twin, payload: Payload, failed: Ack) -> None:
    """Retry after each delay, until the bot accepts the event or declines retries."""
    for number, delay in enumerate(twin.config.event_retry_delays, start=1):
        await twin.pacing.wait(delay)
        failed = await twin.delivery.deliver(Kind.EVENT, payload, Retry(number, failed.reason))
        if not _worth_a_retry(failed):
            return
