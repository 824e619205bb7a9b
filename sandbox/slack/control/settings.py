"""Settings: speed, rate limits, the previewer, people, channels, user groups, the bot's URL."""

import dataclasses
from importlib.util import find_spec

from aiohttp import web

from sandbox.company import Channel, Person, UserGroup
from sandbox.slack.control.events import deliver_event
from sandbox.slack.control.guard import Impossible, bad, fields, find_person
from sandbox.slack.grid import Place
from sandbox.slack.previews import DRIVER, Mode, chromium, missing_for
from sandbox.slack.twin import TWIN
from sandbox.slack.webapi.directory import as_user

_FLAGS = frozenset({field.name for field in dataclasses.fields(Person)} | {"away"}) - {"id"}
_CHANNEL_FLAGS = frozenset({field.name for field in dataclasses.fields(Channel)}) - {"id"}
_GROUP_FLAGS = frozenset({field.name for field in dataclasses.fields(UserGroup)}) - {"id"}


async def speed(request: web.Request) -> web.Response:
    """Set the factor by which Slack's own waits are shortened."""
    body = await fields(request, ("factor",))
    factor = body["factor"]
    if not isinstance(factor, int | float) or factor <= 0:
        raise bad("factor is a number above 0")
    request.app[TWIN].pacing.change(factor)
    return web.json_response({"ok": True})


async def tiers(request: web.Request) -> web.Response:
    """Set how many calls a minute are allowed beyond a method's tier; null is any number."""
    body = await fields(request, ("burst",))
    if not (body["burst"] is None or isinstance(body["burst"], int)):
        raise bad("burst is a whole number, or null")
    request.app[TWIN].quotas.burst = body["burst"]
    return web.json_response({"ok": True})


async def previewer(request: web.Request) -> web.Response:
    """Set which previewer opens the links of new messages."""
    body = await fields(request, ("mode",))
    try:
        mode = Mode(body["mode"])
    except ValueError as error:
        raise bad(error) from error
    if missing := missing_for(mode, chromium(), find_spec(DRIVER)):
        raise bad(missing)
    request.app[TWIN].previewer.mode = mode
    return web.json_response({"ok": True})


async def person(request: web.Request) -> web.Response:
    """Change a person's fields, or (`away`) whether they are away and miss ephemeral messages."""
    twin = request.app[TWIN]
    flags = await fields(request, ("id",), _FLAGS)
    user = find_person(twin, flags.pop("id")).id
    if "away" in flags:
        (twin.workspace.away.add if flags.pop("away") else twin.workspace.away.discard)(user)
    changed = twin.workspace.change_person(user, flags)
    twin.screens.changed(twin.workspace.people)
    event = {"type": "user_change", "user": as_user(twin, changed, with_locale=True)}
    twin.background.start(deliver_event(twin, event))
    return web.json_response({"id": changed.id, "deleted": changed.deleted})


async def grid(request: web.Request) -> web.Response:
    """Set where the payloads of an organisation have their ids."""
    body = await fields(request, ("press", "home"))
    known = request.app[TWIN].config.grid
    if known is None:
        raise Impossible("the workspace belongs to no organisation")
    try:
        known.press, known.home = Place(body["press"]), str(body["home"])
    except ValueError as error:
        raise bad(error) from error
    return web.json_response({"ok": True})


async def channel(request: web.Request) -> web.Response:
    """Change a channel's fields, such as its members."""
    twin = request.app[TWIN]
    flags = await fields(request, ("id",), _CHANNEL_FLAGS)
    known = twin.workspace.channels.get(flags.pop("id"))
    if known is None:
        raise Impossible("there is no such channel")
    if "members" in flags:
        flags["members"] = tuple(flags["members"])
    twin.workspace.channels[known.id] = dataclasses.replace(known, **flags)
    twin.screens.changed(twin.workspace.people)
    return web.json_response({"id": known.id})


async def usergroup(request: web.Request) -> web.Response:
    """Change a user group's fields, such as its users."""
    twin = request.app[TWIN]
    flags = await fields(request, ("id",), _GROUP_FLAGS)
    known = twin.workspace.groups.get(flags.pop("id"))
    if known is None:
        raise Impossible("there is no such user group")
    if "users" in flags:
        flags["users"] = tuple(find_person(twin, user).id for user in flags["users"])
    twin.workspace.groups[known.id] = dataclasses.replace(known, **flags)
    return web.json_response({"id": known.id})


async def bot(request: web.Request) -> web.Response:
    """Set the URL that deliveries are sent to."""
    body = await fields(request, ("request_url",))
    request.app[TWIN].delivery.request_url = body["request_url"]
    return web.json_response({"ok": True})


async def reset(request: web.Request) -> web.Response:
    """Restore the seed."""
    request.app[TWIN].reset()
    return web.json_response({"ok": True})
