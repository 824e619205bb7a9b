"""Users, their groups, and the environments that they have access to."""

import re
from typing import get_args

from aiohttp import web

from sandbox.at_cloudinary import ACCOUNT_ID, Role
from sandbox.cloudinary.fields import Fields, fields_of
from sandbox.cloudinary.lists import ordered, page_of
from sandbox.cloudinary.masters import refuse_losing_last_master
from sandbox.cloudinary.records import Assignment, Member
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import Json, account_of
from sandbox.cloudinary.roles import ACCOUNT_MASTER
from sandbox.cloudinary.state import Account
from sandbox.cloudinary.user_filter import user_filter_of

SORTS = {
    **{name: name for name in ("name", "role", "status", "created_at")},
    "activity": "last_login",
}
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)
MASTER = "master_admin"
LEAST = "media_library_user"


def shown(account: Account, member: Member) -> Json:
    """A user as the API gives it; `last_login` is left out for a user who never logged in."""
    known = {environment.id for environment in account.contents.environments}
    reached = known if member.reaches_all else known.intersection(member.environments or ())
    first, _, last = member.name.partition(" ")
    return {
        "id": member.id,
        "name": member.name,
        "first_name": first,
        "last_name": last,
        "role": member.role,
        "email": member.email,
        "pending": member.pending,
        "enabled": member.enabled,
        "created_at": member.created_at,
        "updated_at": member.updated_at,
        **({"last_login": member.last_login} if member.last_login else {}),
        "all_sub_accounts": member.reaches_all,
        "providers": member.providers,
        "email_preferences": {},
        "account_id": ACCOUNT_ID,
        "two_factor": False,
        "status": "pending" if member.pending else "active",
        "root": False,
        "group_count": len(member.groups),
        "sub_account_count": len(reached),
    }


async def index(request: web.Request) -> web.Response:
    """List users."""
    account, user_filter = account_of(request), user_filter_of(request)
    found = [shown(account, m) for m in account.contents.members if user_filter.matches(m)]
    return web.json_response({"users": page_of(request).of(ordered(request, found, SORTS))})


def _email(account: Account, fields: Fields, member: Member | None = None) -> str | None:
    email = fields.text("email")
    if email is None or (member and email == member.email):
        return email
    if not EMAIL.fullmatch(email):
        raise Refusal(400, "email is not an email address")
    others = {other.email.lower() for other in account.contents.members if other is not member}
    if email.lower() in others:
        raise Refusal(409, "Already exists")
    return email


def _environments(account: Account, fields: Fields) -> list[str] | None:
    """The given environments, of which an empty list means all; None without a list."""
    given = fields.texts("sub_account_ids")
    known = {environment.id for environment in account.contents.environments}
    for unknown in (each for each in given or () if each not in known):
        raise Refusal(404, f"Cannot find sub account with id {unknown}")
    return given


async def create(request: web.Request) -> web.Response:
    """Invite a user, with the least role unless the call names another."""
    account, fields = account_of(request), await fields_of(request)
    name, email = fields.required("name"), fields.required("email")
    role, enabled = fields.choice("role", get_args(Role)) or LEAST, fields.flag("enabled")
    reached = None if role == MASTER else _environments(account, fields)
    _email(account, fields)
    member = account.add_member(name, email, role, reached or None)
    member.enabled = enabled is not False
    return web.json_response(shown(account, member))


def _member(request: web.Request) -> Member:
    return account_of(request).member(request.match_info["user_id"])


async def get(request: web.Request) -> web.Response:
    """Give one user."""
    return web.json_response(shown(account_of(request), _member(request)))


async def update(request: web.Request) -> web.Response:
    """Change a user."""
    account, member, fields = account_of(request), _member(request), await fields_of(request)
    name, email = fields.text("name"), _email(account, fields, member)
    role, enabled = fields.choice("role", get_args(Role)), fields.flag("enabled")
    as_master = (role or member.role) == MASTER
    reached = None if as_master else _environments(account, fields)
    assigned = Assignment("user", member.id, ACCOUNT_MASTER, None) in account.contents.assignments
    if enabled is False or not (as_master or assigned):
        refuse_losing_last_master(account.contents, [member.id])
    member.name, member.email = name or member.name, email or member.email
    if role not in {None, member.role}:
        account.change_role(member, str(role))
    member.enabled = member.enabled if enabled is None else enabled
    member.environments = member.environments if reached is None else reached or None
    member.updated_at = account.stamp()
    return web.json_response(shown(account, member))


async def delete(request: web.Request) -> web.Response:
    """Delete a user."""
    account, member = account_of(request), _member(request)
    refuse_losing_last_master(account.contents, [member.id])
    account.remove_member(member)
    return web.json_response({"message": "ok"})


async def groups(request: web.Request) -> web.Response:
    """List the groups that the user is in."""
    named = [account_of(request).group(group_id) for group_id in _member(request).groups]
    return web.json_response({"groups": [{"id": group.id, "name": group.name} for group in named]})


async def environments(request: web.Request) -> web.Response:
    """List the environments that the user has access to."""
    member = _member(request)
    reached = [
        {
            "id": environment.id,
            "name": environment.name,
            "description": "",
            "cloud_name": environment.cloud_name,
            "enabled": environment.enabled,
        }
        for environment in account_of(request).contents.environments
        if member.reaches(environment.id)
    ]
    return web.json_response({"sub_accounts": reached})
