"""The Events API, with its retries (docs.slack.dev/apis/events-api)."""

from sandbox.slack import callbacks
from sandbox.slack.acks import NOT_SENT, Ack, Delivered, Kind, Retry
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin


async def deliver_event(twin: Twin, inner: Payload, *, force: bool = False) -> Ack:
    """Deliver an event, if the app is subscribed to such (or with `force`).

    What fails is tried again later, in the background.
    """
    if not (force or twin.config.manifest.hears(inner)):
        return NOT_SENT
    payload = callbacks.event(twin, inner)
    ack = await twin.courier.deliver(Kind.EVENT, payload)
    if _worth_a_retry(ack):
        twin.background.start(_retry(twin, payload, ack))
    return ack


def _worth_a_retry(ack: Ack) -> bool:
    return ack.delivered is not Delivered.OK and not ack.no_retry


async def _retry(twin: Twin, payload: Payload, failed: Ack) -> None:
    """Try again after each delay, until the bot takes the event or declines it."""
    for number, delay in enumerate(twin.config.event_retry_delays, start=1):
        await twin.tempo.wait(delay)
        failed = await twin.courier.deliver(Kind.EVENT, payload, Retry(number, failed.reason))
        if not _worth_a_retry(failed):
            return
