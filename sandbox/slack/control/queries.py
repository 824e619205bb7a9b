"""Read access: the workspace, each person's screen, files, and what the bot sent."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from aiohttp import web

from sandbox.company import APP_ID, BOT_USER_ID, COMPANY, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.control.guard import Impossible, find_person
from sandbox.slack.payload import Payload
from sandbox.slack.screens import Changes
from sandbox.slack.twin import TWIN, Twin
from sandbox.slack.web.files import file_response
from sandbox.slack.workspace import Message, is_direct

_HEARTBEAT = 15.0  # seconds; a comment keeps idle streams open and detects closed ones


async def workspace(request: web.Request) -> web.Response:
    """Give the team, the app, all people, channels and user groups."""
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
    """A message as a client shows it; `bot` is the app's name on the app's messages."""
    name = message.author.get("username") or twin.workspace.people[BOT_USER_ID].name
    author = {"bot": name} if message.from_app else {}
    files = [{**file, "url": f"/sandbox/file/{file['id']}?user={user}"} for file in message.files]
    about = {"ephemeral": message.ephemeral, "response_url": message.response_url}
    drawn = {"reactions": [], **message.as_json(), **author, **about}
    return {**drawn, "files": files} if files else drawn


async def screen(request: web.Request) -> web.Response:
    """Give what one person sees now."""
    twin = request.app[TWIN]
    user = find_person(twin, request.query.get("user", "")).id
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


async def file(request: web.Request) -> web.Response:
    """Give a file to a person who is a member of a channel where it was shared."""
    twin = request.app[TWIN]
    person = find_person(twin, request.query.get("user", ""))
    found = twin.files.known.get(request.match_info["id"])
    channels = (found.shared_in if found else None) or ()
    if found is None or not any(person.id in _members(twin, channel) for channel in channels):
        raise Impossible(f"{person.name} sees no such file")
    return file_response(found)


async def stream(request: web.Request) -> web.StreamResponse:
    """Send a Server-Sent Event whenever the person's screen changes."""
    twin = request.app[TWIN]
    user = find_person(twin, request.query.get("user", "")).id
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    response = web.StreamResponse(headers=headers)
    async with twin.screens.watch(user) as changes:
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            await response.prepare(request)
            await response.write(b": watching\n\n")
            async for change in _with_heartbeats(changes):
                line = f"data: {json.dumps(change)}" if change else ": still here"
                await response.write(f"{line}\n\n".encode())
    return response


async def _with_heartbeats(changes: Changes) -> AsyncIterator[Payload | None]:
    """The changes until the stream ends, and None after every idle heartbeat interval."""
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
    """Give every payload that the bot sent."""
    return web.json_response({"outbox": request.app[TWIN].journal.outbox})


async def clear_outbox(request: web.Request) -> web.Response:
    """Forget sent payloads and violations."""
    request.app[TWIN].journal.clear()
    return web.json_response({"ok": True})


async def violations(request: web.Request) -> web.Response:
    """Give every payload that Slack would refuse or advises against."""
    return web.json_response({"violations": request.app[TWIN].journal.violations})


async def previews(request: web.Request) -> web.Response:
    """Give every link that the previewer opened."""
    return web.json_response({"visits": request.app[TWIN].previewer.visits})
