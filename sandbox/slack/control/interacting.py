"""Interactions on their way to the bot, and what people see of those that fail."""

from sandbox.slack.acks import NOT_SENT, Ack, Delivered, Kind
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin

_FAILED = "We had some trouble connecting. Try again?"
_NOT_CONFIGURED = "This app is not configured to handle interactive responses."


async def interact(twin: Twin, user: str, payload: Payload) -> Ack:
    """Deliver an interaction, if the app takes any; tell its person of a failure."""
    if not twin.config.manifest.interactive:
        twin.screens.toast(user, Delivered.NOT_SENT, _NOT_CONFIGURED)
        return NOT_SENT
    ack = await twin.courier.deliver(Kind.INTERACTION, payload)
    if ack.delivered is not Delivered.OK:
        twin.screens.toast(user, ack.delivered, _FAILED)
    return ack


async def ask_for_options(twin: Twin, user: str, payload: Payload) -> Ack:
    """Deliver a block_suggestion: over HTTP only to an app that has an address for them."""
    manifest = twin.config.manifest
    if not (manifest.suggests or twin.config.socket_mode):
        twin.screens.toast(user, Delivered.NOT_SENT, _NOT_CONFIGURED)
        return NOT_SENT
    return await interact(twin, user, payload)
