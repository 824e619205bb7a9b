"""Uploading and downloading file contents over HTTP."""

from urllib.parse import quote

from aiohttp import BodyPartReader, web

from sandbox.company import TEAM_ID
from sandbox.slack.files import File, WrongLength
from sandbox.slack.twin import TWIN

_READ = "files:read"
_SAFELY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
}


async def upload(request: web.Request) -> web.Response:
    """Receive a file at the URL from files.getUploadURLExternal, as a raw body or one form part."""
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
    """Give a file to the bot; without its token, redirect to the page where people sign in."""
    twin = request.app[TWIN]
    bearer = request.headers.get("Authorization", "")
    if bearer != f"Bearer {twin.config.bot_token}" or _READ not in twin.config.scopes:
        raise web.HTTPFound(f"/?redir={quote(request.path, safe='')}")
    file = twin.files.known.get(request.match_info["file"].removeprefix(f"{TEAM_ID}-"))
    if file is None or file.shared_in is None:
        raise web.HTTPNotFound(text="There is no such file.")
    return file_response(file)


def file_response(file: File) -> web.Response:
    """Answer with a file's content, as something that a browser does not run."""
    shown = "inline" if file.mimetype.startswith("image/") else "attachment"
    name = quote(file.name, safe="")
    return web.Response(
        body=file.content,
        content_type=file.mimetype,
        headers={**_SAFELY, "Content-Disposition": f"{shown}; filename*=UTF-8''{name}"},
    )
