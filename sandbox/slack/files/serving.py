"""Where files come in and go out over HTTP."""

from http import HTTPStatus
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from sandbox.company import TEAM_ID
from sandbox.slack.control.guard import Impossible, someone
from sandbox.slack.files.store import File, WrongLength
from sandbox.slack.twin import TWIN

_READ = "files:read"
_SAFELY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
}


async def upload(request: web.Request) -> web.Response:
    """Take a file at the address that files.getUploadURLExternal gave: raw, or one form part."""
    content = await _content(request)
    try:
        file = request.app[TWIN].files.receive(request.match_info["ticket"], content)
    except KeyError:
        raise web.HTTPNotFound(text="Nothing is to be uploaded here (any more).") from None
    except WrongLength as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    return web.Response(text=f"OK - {file.length}")


async def _content(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    part = await (await request.multipart()).next()
    return bytes(await part.read()) if isinstance(part, BodyPartReader) else b""


async def download(request: web.Request) -> web.Response:
    """Give a file to the bot; whoever has no token is sent to the page where people sign in."""
    twin = request.app[TWIN]
    bearer = request.headers.get("Authorization", "")
    if bearer != f"Bearer {twin.config.bot_token}" or _READ not in twin.config.scopes:
        raise web.HTTPFound(f"/?redir={quote(request.path, safe='')}")
    file = twin.files.known.get(request.match_info["place"].removeprefix(f"{TEAM_ID}-"))
    if file is None or file.shared_in is None:
        raise web.HTTPNotFound(text="There is no such file.")
    return _answer(file)


async def look(request: web.Request) -> web.Response:
    """Give a file to a person who is where it was shared."""
    twin = request.app[TWIN]
    person = someone(twin, request.query.get("user", ""))
    file = twin.files.known.get(request.match_info["id"])
    channels = (file.shared_in if file else None) or ()
    if file is None or not any(person.id in twin.workspace.members(one) for one in channels):
        raise Impossible(f"{person.name} sees no such file", HTTPStatus.NOT_FOUND)
    return _answer(file)


def _answer(file: File) -> web.Response:
    shown = "inline" if file.mimetype.startswith("image/") else "attachment"
    name = quote(file.name, safe="")
    return web.Response(
        body=file.content,
        content_type=file.mimetype,
        headers={**_SAFELY, "Content-Disposition": f"{shown}; filename*=UTF-8''{name}"},
    )
