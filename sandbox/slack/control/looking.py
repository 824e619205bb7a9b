"""What there is to see: the workspace, each person's screen, and what the bot sent."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from aiohttp import web

from sandbox.company import APP_ID, BOT_USER_ID, COMPANY, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.control.guard import Impossible, someone
from sandbox.slack.payload import Payload
from sandbox.slack.screens import Changes
from sandbox.slack.twin import TWIN, Twin
from sandbox.slack.workspace import Message, is_direct

_HEARTBEAT = 15.0  # seconds; a comment keeps idle streams open and notices closed ones


async def workspace(request: web.Request) -> web.Response:
    """The team, the app, everybody and every channel."""
    twin = request.app[TWIN]
    bot = twin.workspace.people[BOT_USER_ID]
    app = {
        "id": APP_ID,
        "name": bot.name,
        "user": bot.id,
        "command": twin.config.command,
        "shortcuts": [asdict(shortcut) for shortcut in twin.config.manifest.shortcuts],
        "home_tab": twin.config.manifest.home_tab,
    }
    channels = twin.workspace.channels.values()
    return web.json_response(
        {
            "team": {"id": TEAM_ID, "name": COMPANY, "domain": TEAM_DOMAIN},
            "app": app,
            "people": [asdict(person) for person in twin.workspace.people.values()],
            "channels": [{**asdict(c), "is_im": is_direct(c)} for c in channels],
            "usergroups": [asdict(group) for group in twin.workspace.groups.values()],
        }
    )


def _message(twin: Twin, message: Message, user: str) -> Payload:
    """A message as a client draws it; `bot` is the app's name on the app's own."""
    name = message.author.get("username") or twin.workspace.people[BOT_USER_ID].name
    author = {"bot": name} if message.from_app else {}
    files = [{**file, "url": f"/sandbox/file/{file['id']}?user={user}"} for file in message.files]
    drawn = {"reactions": [], **message.as_json(), **author, "ephemeral": message.ephemeral}
    return {**drawn, "files": files} if files else drawn


async def screen(request: web.Request) -> web.Response:
    """What one person sees now."""
    twin = request.app[TWIN]
    user = someone(twin, request.query.get("user", "")).id
    channel = request.query.get("channel", "")
    if channel and user not in _members(twin, channel):
        raise Impossible("not a member of that channel")
    modal, home = twin.views.top(user), twin.views.homes.get(user)
    return web.json_response(
        {
            "messages": [_message(twin, m, user) for m in twin.workspace.visible(user, channel)],
            "modal": modal.as_json() if modal else None,
            "home": home.as_json() if home else None,
            "toasts": list(twin.screens.toasts.get(user, ())),
        }
    )


def _members(twin: Twin, channel: str) -> tuple[str, ...]:
    found = twin.workspace.channels.get(channel)
    return found.members if found else ()


async def stream(request: web.Request) -> web.StreamResponse:
    """Server-Sent Events: one whenever the person's screen is different."""
    twin = request.app[TWIN]
    user = someone(twin, request.query.get("user", "")).id
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    response = web.StreamResponse(headers=headers)
    async with twin.screens.watch(user) as changes:
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            await response.prepare(request)
            await response.write(b": watching\n\n")
            async for change in _heard(changes):
                told = f"data: {json.dumps(change)}" if change else ": still here"
                await response.write(f"{told}\n\n".encode())
    return response


async def _heard(changes: Changes) -> AsyncIterator[Payload | None]:
    """The changes until their end, and None where nothing changed for a while."""
    while True:
        try:
            change = await asyncio.wait_for(changes.get(), _HEARTBEAT)
        except TimeoutError:
            yield None
            continue
        if change is None:
            return
        yield change


async def outbox(request: web.Request) -> web.Response:
    """Every payload that the bot ever sent."""
    return web.json_response({"outbox": request.app[TWIN].journal.outbox})


async def clear_outbox(request: web.Request) -> web.Response:
    """Forget what was sent, and what was wrong with it."""
    request.app[TWIN].journal.clear()
    return web.json_response({"ok": True})


async def violations(request: web.Request) -> web.Response:
    """Every payload that Slack would have refused or disliked."""
    return web.json_response({"violations": request.app[TWIN].journal.violations})


async def previews(request: web.Request) -> web.Response:
    """Every link that the previewer opened."""
    return web.json_response({"visits": request.app[TWIN].previewer.visits})
