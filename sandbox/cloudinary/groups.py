"""User groups and their members."""

from aiohttp import web

from sandbox.cloudinary.asking import Json, account_of, body_of, flag, query_flag
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account, Group


def _shown(account: Account, group: Group, *, extended: bool | None) -> Json:
    if not extended:
        return {"id": group.id, "name": group.name}
    return {
        "id": group.id,
        "name": group.name,
        "users": _members(account, group),
        "created_at": group.created_at,
        "updated_at": group.updated_at,
    }


def _members(account: Account, group: Group) -> list[Json]:
    return [
        {"id": member.id, "name": member.name, "email": member.email}
        for member in account.contents.members
        if group.id in member.groups
    ]


def _group(request: web.Request) -> Group:
    return account_of(request).group(request.match_info["group_id"])


async def index(request: web.Request) -> web.Response:
    """List groups."""
    account, extended = account_of(request), query_flag(request, "extended_details")
    found = [_shown(account, group, extended=extended) for group in account.contents.groups]
    return web.json_response({"user_groups": found})


def _name_is_free(account: Account, name: object, but: Group | None = None) -> None:
    if not name:
        raise Refusal(400, "name is missing")
    if any(group.name == name and group is not but for group in account.contents.groups):
        raise Refusal(409, "Already exists")


async def create(request: web.Request) -> web.Response:
    """Make a group."""
    account, body = account_of(request), await body_of(request)
    _name_is_free(account, body.get("name"))
    group = account.add_group(str(body["name"]))
    return web.json_response(_shown(account, group, extended=flag(body.get("extended_details"))))


async def get(request: web.Request) -> web.Response:
    """One group."""
    return web.json_response(_shown(account_of(request), _group(request), extended=True))


async def update(request: web.Request) -> web.Response:
    """Rename a group."""
    account, group, body = account_of(request), _group(request), await body_of(request)
    _name_is_free(account, body.get("name"), group)
    group.name, group.updated_at = str(body["name"]), account.stamp()
    return web.json_response(_shown(account, group, extended=flag(body.get("extended_details"))))


async def delete(request: web.Request) -> web.Response:
    """Remove a group; the live service answers this one differently from all others."""
    account, group = account_of(request), _group(request)
    account.contents.groups.remove(group)
    for member in account.contents.members:
        member.groups = [each for each in member.groups if each != group.id]
    return web.json_response({"ok": True})


async def members(request: web.Request) -> web.Response:
    """Who is in a group."""
    return web.json_response({"users": _members(account_of(request), _group(request))})


async def add(request: web.Request) -> web.Response:
    """Put a user into a group."""
    account, group = account_of(request), _group(request)
    member = account.member(request.match_info["user_id"])
    member.groups = [*dict.fromkeys([*member.groups, group.id])]
    return web.json_response({"users": _members(account, group)})


async def remove(request: web.Request) -> web.Response:
    """Take a user out of a group."""
    account, group = account_of(request), _group(request)
    member = account.member(request.match_info["user_id"])
    member.groups = [each for each in member.groups if each != group.id]
    return web.json_response({"users": _members(account, group)})
