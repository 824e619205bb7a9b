"""Reactions of people to messages."""

from http import HTTPStatus

from aiohttp import web

from sandbox.slack.control.guard import Impossible, actor, fields
from sandbox.slack.control.targets import message_of
from sandbox.slack.messages import show
from sandbox.slack.reactions import react, unreact
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import TWIN


async def reaction(request: web.Request) -> web.Response:
    """Add a reaction to a message, or (`remove`) remove it."""
    twin = request.app[TWIN]
    required = ("user", "channel", "message_ts", "name")
    body = await fields(request, required, ("remove", "force"))
    person = actor(twin, body)
    message = message_of(twin, person, body)
    try:
        changed = (unreact if body.get("remove") else react)(message, person.id, body["name"])
    except Refusal as refusal:
        raise Impossible(refusal.error, HTTPStatus.CONFLICT) from refusal
    show(twin, changed)
    return web.json_response({"ok": True})
