"""Delivering interactions to the bot, and showing people those that failed."""

from sandbox.slack.acks import NOT_SENT, Ack, Delivered, Kind
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin

_FAILED = "We had some trouble connecting. Try again?"
_NOT_CONFIGURED = "This app is not configured to handle interactive responses."


async def interact(twin: Twin, user: str, payload: Payload) -> Ack:
    """Deliver an interaction, if the app accepts any; show the person a failure."""
    if not twin.config.manifest.interactive:
        twin.screens.toast(user, Delivered.NOT_SENT, _NOT_CONFIGURED)
        return NOT_SENT
    ack = await twin.delivery.deliver(Kind.INTERACTION, payload)
    if ack.delivered is not Delivered.OK:
        twin.screens.toast(user, ack.delivered, _FAILED)
    return ack


async def ask_for_options(twin: Twin, user: str, payload: Payload) -> Ack:
    """Deliver a block_suggestion; over HTTP, the app needs a URL for these."""
    manifest = twin.config.manifest
    if not (manifest.suggests or twin.config.socket_mode):
        twin.screens.toast(user, Delivered.NOT_SENT, _NOT_CONFIGURED)
        return NOT_SENT
    return await interact(twin, user, payload)
