"""Users, and what they reach."""

from typing import get_args

from aiohttp import web

from sandbox.cloudinary.asking import (
    Json,
    account_of,
    as_list,
    body_of,
    flag,
    ordered,
    page_of,
    query_flag,
    query_list,
)
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account, Member
from sandbox.company import ACCOUNT_ID, Role

SORTS = ("name", "role", "status", "activity", "created_at")
DAY = len("2026-01-02")  # clients send whole times where the document wants a day


def shown(member: Member) -> Json:
    """A user as the wire has it."""
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
        "last_login": member.last_login,
        "all_sub_accounts": _all(member),
        "account_id": ACCOUNT_ID,
        "status": "pending" if member.pending else "active",
        "group_count": len(member.groups),
        "sub_account_count": len(member.environments or []),
    }


def _all(member: Member) -> bool:
    return member.environments is None or member.role == "master_admin"


async def index(request: web.Request) -> web.Response:
    """List users."""
    account = account_of(request)
    found = [m for m in account.contents.members if _named(request, m) and _state(request, m)]
    found = [m for m in found if _reaches(request, account, m) and _seen(request, m)]
    sorted_ = ordered(request, [shown(member) for member in found], SORTS)
    return web.json_response({"users": page_of(request).of(sorted_)})


def _named(request: web.Request, member: Member) -> bool:
    ids = query_list(request, "ids")
    emails = [email.lower() for email in query_list(request, "emails")]
    prefix = request.query.get("prefix", "").lower()
    return (
        (not ids or member.id in ids)
        and (not emails or member.email.lower() in emails)
        and member.name.lower().startswith(prefix)
    )


def _state(request: web.Request, member: Member) -> bool:
    status = request.query.get("status")
    if status not in {None, "pending", "active"}:
        raise Refusal(400, "status is pending or active")
    wanted = query_flag(request, "pending") if status is None else status == "pending"
    return wanted is None or member.pending is wanted


def _reaches(request: web.Request, account: Account, member: Member) -> bool:
    wanted = request.query.get("sub_account_id")
    if wanted is None:
        return True
    if wanted not in {place.id for place in account.contents.places}:
        raise Refusal(404, f"Cannot find sub account with id {wanted}")
    return _all(member) or wanted in (member.environments or [])


def _seen(request: web.Request, member: Member) -> bool:
    """Whether the last login is inside the range, or outside where that is asked."""
    start, end = request.query.get("from", ""), request.query.get("to", "9999")
    if "from" not in request.query and "to" not in request.query:
        return True
    login = member.last_login or ""
    inside = bool(login) and start[:DAY] <= login[:DAY] <= end[:DAY]
    excluded = request.query.get("union_type") == "exclude"
    return inside is not (query_flag(request, "last_login") is False or excluded)


def _write(account: Account, member: Member, body: Json) -> None:
    role = body.get("role", member.role)
    if role not in get_args(Role):
        raise Refusal(400, "role is not one of the documented values")
    email = body.get("email", member.email)
    others = (m for m in account.contents.members if m is not member)
    if any(other.email.lower() == str(email).lower() for other in others):
        raise Refusal(409, "Already exists")
    enabled = flag(body.get("enabled"))
    member.name, member.email, member.role = body.get("name", member.name), email, role
    member.enabled = member.enabled if enabled is None else enabled
    if "sub_account_ids" in body:
        member.environments = as_list(body["sub_account_ids"]) or None
    member.updated_at = account.stamp()


async def create(request: web.Request) -> web.Response:
    """Invite a user."""
    account, body = account_of(request), await body_of(request)
    if not body.get("name") or not body.get("email"):
        raise Refusal(400, "name and email are needed")
    member = account.add_member(str(body["name"]), "", "media_library_user", None)
    try:
        _write(account, member, body)
    except Refusal:
        account.contents.members.remove(member)
        raise
    return web.json_response(shown(member))


def _member(request: web.Request) -> Member:
    return account_of(request).member(request.match_info["user_id"])


async def get(request: web.Request) -> web.Response:
    """One user."""
    return web.json_response(shown(_member(request)))


async def update(request: web.Request) -> web.Response:
    """Change a user."""
    member = _member(request)
    _write(account_of(request), member, await body_of(request))
    return web.json_response(shown(member))


async def delete(request: web.Request) -> web.Response:
    """Remove a user."""
    account_of(request).contents.members.remove(_member(request))
    return web.json_response({"message": "ok"})


async def groups(request: web.Request) -> web.Response:
    """The user's groups."""
    named = [account_of(request).group(group_id) for group_id in _member(request).groups]
    return web.json_response({"groups": [{"id": group.id, "name": group.name} for group in named]})


async def places(request: web.Request) -> web.Response:
    """The environments that the user reaches."""
    member = _member(request)
    reached = [
        {
            "id": place.id,
            "name": place.name,
            "description": "",
            "cloud_name": place.cloud_name,
            "enabled": place.enabled,
        }
        for place in account_of(request).contents.places
        if _all(member) or place.id in (member.environments or [])
    ]
    return web.json_response({"sub_accounts": reached})
