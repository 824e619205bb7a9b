"""User groups and their members."""

from aiohttp import web

from sandbox.cloudinary.fields import Fields, fields_of
from sandbox.cloudinary.queries import query_of
from sandbox.cloudinary.records import Group
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import Json, account_of
from sandbox.cloudinary.state import Account


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
    account, extended = account_of(request), query_of(request).flag("extended_details")
    found = [_shown(account, group, extended=extended) for group in account.contents.groups]
    return web.json_response({"user_groups": found})


def _name(account: Account, fields: Fields, but: Group | None = None) -> str:
    name = fields.required("name")
    if any(group.name == name and group is not but for group in account.contents.groups):
        raise Refusal(409, "Already exists")
    return name


async def create(request: web.Request) -> web.Response:
    """Create a group."""
    account, fields = account_of(request), await fields_of(request)
    extended = fields.flag("extended_details")
    group = account.add_group(_name(account, fields))
    return web.json_response(_shown(account, group, extended=extended))


async def get(request: web.Request) -> web.Response:
    """Give one group."""
    extended = query_of(request).flag("extended_details")
    return web.json_response(_shown(account_of(request), _group(request), extended=extended))


async def update(request: web.Request) -> web.Response:
    """Rename a group."""
    account, group, fields = account_of(request), _group(request), await fields_of(request)
    extended = fields.flag("extended_details")
    group.name, group.updated_at = _name(account, fields, group), account.stamp()
    return web.json_response(_shown(account, group, extended=extended))


async def delete(request: web.Request) -> web.Response:
    """Delete a group; the live service has an answer of its own for this one."""
    account_of(request).remove_group(_group(request))
    return web.json_response({"ok": True})


async def members(request: web.Request) -> web.Response:
    """List the users in a group."""
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
