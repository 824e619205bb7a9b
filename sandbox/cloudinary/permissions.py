"""The part of the Permissions API (v2) that a key bot uses; off unless the account has it."""

import json
from collections.abc import Callable

from aiohttp import web

from sandbox.cloudinary.queries import query_of
from sandbox.cloudinary.records import Assignment
from sandbox.cloudinary.refusals import Refusal, invalid, missing, not_there
from sandbox.cloudinary.requests import ENABLED, Json, account_of, pair_of
from sandbox.cloudinary.roles import EPOCH, PRINCIPALS, ROLES, SCOPES, of_user
from sandbox.cloudinary.state import Account

CHOICES = {
    "scope_type": SCOPES,
    "principal_type": tuple(PRINCIPALS),
    "permission_type": ("global", "content"),
    "management_type": ("system", "custom"),
}
CONTENT = {"folder_id", "collection_id", "param_key"}
"""Parameters that narrow a list to content roles, of which the sandbox has none."""


def guard(request: web.Request, *needed: str) -> Account:
    """The account, if it has this API and the query is valid; raises `Refusal` otherwise."""
    if not request.app[ENABLED]:
        raise Refusal(403, "not allowed")
    query = query_of(request)
    absent = [name for name in needed if query.text(name) is None]
    if absent:
        raise missing(*absent)
    for name, allowed in CHOICES.items():
        if (query.text(name) or allowed[0]) not in allowed:
            raise invalid(name, query.text(name))
    return account_of(request)


def held(account: Account) -> list[Assignment]:
    """Every role of every principal: those that users have by default, and assigned ones."""
    contents = account.contents
    own = [role for member in contents.members for role in of_user(member, contents.environments)]
    return [*dict.fromkeys(own + contents.assignments)]


def exists(request: web.Request, kind: str, principal_id: str) -> bool:
    """Whether the principal exists."""
    contents = account_of(request).contents
    known = {
        "user": [member.id for member in contents.members],
        "group": [group.id for group in contents.groups],
        "apiKey": [
            key.api_key for environment in contents.environments for key in environment.keys
        ],
        "provisioningKey": [pair_of(request)[0]],
    }
    return principal_id in known[kind]


def _check_environment(account: Account, scope_id: str | None) -> None:
    if scope_id not in {environment.id for environment in account.contents.environments}:
        raise not_there("scope_id", scope_id)


def _check_scope(request: web.Request, account: Account) -> None:
    """Refuse an environment scope (`prodenv`) without the id of an environment."""
    query = query_of(request)
    if query.text("scope_type") == "prodenv":
        if query.text("scope_id") is None:
            raise missing("scope_id")
        _check_environment(account, query.text("scope_id"))


def _matching(request: web.Request, account: Account) -> list[Assignment]:
    query = query_of(request)
    scope = query.text("scope_type")
    scope_id = None if scope == "account" else query.text("scope_id")
    return [
        each
        for each in held(account)
        if scope in {None, ROLES[each.role_id].scope}
        and scope_id in {None, each.scope_id}
        and query.text("principal_type") in {None, each.principal_type}
        and query.text("principal_id") in {None, each.principal_id}
    ]


def _by_principal(
    found: list[Assignment], shown: Callable[[Assignment], Json]
) -> dict[tuple[str, str], list[Json]]:
    grouped: dict[tuple[str, str], list[Json]] = {}
    for each in found:
        grouped.setdefault((each.principal_type, each.principal_id), []).append(shown(each))
    return grouped


def _assigned(each: Assignment) -> Json:
    scope = {"scope_id": each.scope_id} if each.scope_id else {}
    return {**ROLES[each.role_id].shown(), **scope}


def _effective(each: Assignment) -> Json:
    principal = f'Cloudinary::{PRINCIPALS[each.principal_type]}::"{each.principal_id}"'
    policies = ROLES[each.role_id].policies(f"principal == {principal}")
    return {"id": each.role_id, "system_policies": policies}


async def effective(request: web.Request) -> web.Response:
    """Give each principal's roles with their policies in Cedar."""
    needed = ("principal_id",) if query_of(request).text("principal_type") else ()
    account = guard(request, *needed)
    _check_scope(request, account)
    principals = [
        {"principal_type": kind, "principal_id": id_, "roles": roles}
        for (kind, id_), roles in _by_principal(_matching(request, account), _effective).items()
    ]
    return web.json_response({"data": {"principals": principals, "custom_policies": []}})


async def inspect(request: web.Request) -> web.Response:
    """Give each principal's roles in a scope."""
    account = guard(request, "scope_type")
    _check_scope(request, account)
    found = [] if CONTENT & query_of(request).given.keys() else _matching(request, account)
    principals = [
        {"type": kind, "id": id_, "roles": roles}
        for (kind, id_), roles in _by_principal(found, _assigned).items()
    ]
    return web.json_response({"data": {"principals": principals}})


def _lists_any(request: web.Request) -> bool:
    """Whether the filters let any role pass: all of the sandbox's are system roles and global."""
    query = query_of(request)
    return (
        query.text("permission_type") in {None, "global"}
        and query.text("management_type") in {None, "system"}
        and not CONTENT & query.given.keys()
    )


async def principal_roles(request: web.Request) -> web.Response:
    """Give the roles of one principal."""
    account = guard(request, "principal_type", "principal_id", "permission_type")
    query = query_of(request)
    kind, principal_id = query.text("principal_type") or "", query.text("principal_id") or ""
    if not exists(request, kind, principal_id):
        raise not_there("principal_id", principal_id)
    if query.text("scope_id") and query.text("scope_type") != "account":
        _check_environment(account, query.text("scope_id"))
    found = _matching(request, account) if _lists_any(request) else []
    return web.json_response({"data": [_assigned(each) for each in found]})


async def roles(request: web.Request) -> web.Response:
    """Give every role."""
    guard(request, "permission_type")
    scope, parameters = query_of(request).text("scope_type"), _parameters(request)
    found = [role.shown() for role in ROLES.values() if scope in {None, role.scope}]
    return web.json_response({"data": found if _lists_any(request) and not parameters else []})


def _parameters(request: web.Request) -> list[str]:
    """Read `policy_parameters`, a JSON list, which the typed client sends even when it is empty."""
    text = query_of(request).text("policy_parameters")
    if not text:
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("policy_parameters", text) from None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise invalid("policy_parameters", text)
    return found


async def system_policies(request: web.Request) -> web.Response:
    """Give the policies of the roles in a scope, the account by default."""
    guard(request)
    scope = query_of(request).text("scope_type") or "account"
    found = [
        {
            **policy,
            "name": policy["id"],
            "description": "",
            "scope_type": role.scope,
            "permission_type": "global",
            "created_at": EPOCH,
            "updated_at": EPOCH,
        }
        for role in ROLES.values()
        for policy in role.policies("principal")
        if scope == role.scope and _lists_any(request)
    ]
    return web.json_response({"data": found})
