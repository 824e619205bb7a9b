"""What the Permissions API (v2) lists; off unless the account has it."""

import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from sandbox.cloudinary.holders import ACCOUNT, assigned, by_principal, held, policies_of
from sandbox.cloudinary.policies import EPOCH, POLICIES, SCOPES
from sandbox.cloudinary.queries import Query, query_of
from sandbox.cloudinary.records import Assignment, Content
from sandbox.cloudinary.refusals import Refusal, invalid, missing, not_there
from sandbox.cloudinary.requests import ENABLED, Json, account_of, body_of, pair_of
from sandbox.cloudinary.roles import PRINCIPALS, ROLES, Role
from sandbox.cloudinary.state import Account

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "scope_type": SCOPES,
    "principal_type": tuple(PRINCIPALS),
    "permission_type": ("global", "content"),
    "management_type": ("system", "custom"),
}
CONTENT: Final = ("folder_id", "collection_id")


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


def check_environment(account: Account, scope_id: str | None) -> None:
    """Refuse the id of an environment that the account does not have."""
    if scope_id not in {environment.id for environment in account.contents.environments}:
        raise not_there("scope_id", scope_id)


def _check_scope(account: Account, query: Query) -> None:
    """Refuse an environment scope (`prodenv`) without the id of an environment."""
    if query.text("scope_type") == "prodenv":
        if query.text("scope_id") is None:
            raise missing("scope_id")
        check_environment(account, query.text("scope_id"))


def _content(query: Query) -> list[tuple[str, str | None]]:
    """The content that a list is narrowed to; a kind without an id means all of that kind."""
    named: list[tuple[str, str | None]] = [
        (name, query.text(name)) for name in CONTENT if query.text(name)
    ]
    values = query.texts("param_value")
    pairs = enumerate(query.texts("param_key"))
    return named + [(key, values[i] if i < len(values) else None) for i, key in pairs]


def _is_about(content: Content | None, wanted: list[tuple[str, str | None]]) -> bool:
    return not wanted or any(
        content is not None and content[0] == kind and id_ in {None, content[1]}
        for kind, id_ in wanted
    )


def _matching(account: Account, query: Query) -> list[Assignment]:
    scope, content = query.text("scope_type"), _content(query)
    within = ACCOUNT if scope == ACCOUNT else query.text("scope_id")
    principal = query.text("principal_type"), query.text("principal_id")
    return [
        each
        for each in held(account.contents, *principal, within=within)
        if _is_about(each.content, content) and _is_listed(ROLES[each.role_id], query)
    ]


def _is_listed(role: Role, query: Query) -> bool:
    """Whether the role is of the kinds that the query asks for."""
    return (
        query.text("scope_type") in {None, role.scope}
        and query.text("permission_type") in {None, role.permission_type}
        and query.text("management_type") in {None, role.management}
    )


async def effective(request: web.Request) -> web.Response:
    """Give each principal's roles with their policies in Cedar."""
    query = query_of(request)
    account = guard(request, *(("principal_id",) if query.text("principal_type") else ()))
    _check_scope(account, query)
    grouped = by_principal(
        _matching(account, query),
        lambda each: {"id": each.role_id, "system_policies": policies_of(each)},
    )
    principals = [
        {"principal_type": kind, "principal_id": id_, "roles": roles}
        for (kind, id_), roles in grouped.items()
    ]
    return web.json_response({"data": {"principals": principals, "custom_policies": []}})


def _inspected(found: list[Assignment]) -> list[Json]:
    return [
        {"type": kind, "id": id_, "roles": roles}
        for (kind, id_), roles in by_principal(found, assigned).items()
    ]


async def inspect(request: web.Request) -> web.Response:
    """Give each principal's roles in a scope."""
    account, query = guard(request, "scope_type"), query_of(request)
    _check_scope(account, query)
    return web.json_response({"data": {"principals": _inspected(_matching(account, query))}})


async def inspect_multiple(request: web.Request) -> web.Response:
    """Give the roles of the listed principals in a scope; those without a role too."""
    account, body = guard(request), await body_of(request)
    absent = [name for name in ("scope_type", "principals") if name not in body]
    if absent:
        raise missing(*absent)
    wanted = [_listed(each) for each in _list(body["principals"])]
    parameters = body.get("policy_parameters", {})
    if not isinstance(parameters, dict):
        raise invalid("policy_parameters", parameters)
    given = {name: body[name] for name in ("scope_type", "scope_id") if name in body}
    for name, value in given.items():
        if not isinstance(value, str) or value not in CHOICES.get(name, (value,)):
            raise invalid(name, value)
    content = {name: parameters[name] for name in CONTENT if isinstance(parameters.get(name), str)}
    query = Query({name: [value] for name, value in (given | content).items() if value})
    _check_scope(account, query)
    found = {(each["type"], each["id"]): each for each in _inspected(_matching(account, query))}
    principals = [found.get(each, {"type": each[0], "id": each[1], "roles": []}) for each in wanted]
    return web.json_response({"data": {"principals": principals}})


def _list(given: object) -> list[object]:
    if not isinstance(given, list):
        raise invalid("principals", given)
    return given


def _listed(given: object) -> tuple[str, str]:
    kind, id_ = (given.get("type"), given.get("id")) if isinstance(given, dict) else (None, None)
    if not isinstance(kind, str) or kind not in PRINCIPALS or not isinstance(id_, str):
        raise invalid("principals", given)
    return kind, id_


async def principal_roles(request: web.Request) -> web.Response:
    """Give the roles of one principal."""
    account = guard(request, "principal_type", "principal_id", "permission_type")
    query = query_of(request)
    kind, principal_id = query.text("principal_type") or "", query.text("principal_id") or ""
    if not exists(request, kind, principal_id):
        raise not_there("principal_id", principal_id)
    if query.text("scope_id") and query.text("scope_type") != "account":
        check_environment(account, query.text("scope_id"))
    return web.json_response({"data": [assigned(each) for each in _matching(account, query)]})


async def roles(request: web.Request) -> web.Response:
    """Give every role."""
    guard(request, "permission_type")
    query = query_of(request)
    parameters = _parameters(query)
    found = [
        role.shown()
        for role in ROLES.values()
        if _is_listed(role, query) and (not parameters or [*role.parameters] == parameters)
    ]
    return web.json_response({"data": found})


def _parameters(query: Query) -> list[str]:
    """Read `policy_parameters`, a JSON list, unlike any other parameter."""
    text = query.text("policy_parameters")
    if text is None:
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("policy_parameters", text) from None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise invalid("policy_parameters", text)
    return found


def role_of(request: web.Request) -> Role:
    """The role in the path."""
    role_id = request.match_info["role_id"]
    if role_id not in ROLES:
        raise not_there("role_id", role_id)
    return ROLES[role_id]


async def role(request: web.Request) -> web.Response:
    """Give one role with its policies, about the content that the query names."""
    guard(request)
    content = [(kind, id_) for kind, id_ in _content(query_of(request)) if id_]
    found = role_of(request)
    about = content[0] if content else None
    policies = [policy.shown(about) for policy in found.policies]
    return web.json_response({"data": {"policies": policies, **found.shown()}})


async def role_principals(request: web.Request) -> web.Response:
    """Give every principal that holds a role; only `verbose` tells where."""
    account, query, role_id = guard(request), query_of(request), role_of(request).id
    verbose = query.flag("verbose")
    found = [
        {
            "id": each.principal_id,
            "type": each.principal_type,
            **(_where(each) if verbose else {}),
        }
        for each in _matching(account, query)
        if each.role_id == role_id
    ]
    return web.json_response({"data": found})


def _where(each: Assignment) -> Json:
    return {
        "role_id": each.role_id,
        **({"policy_parameters": dict([each.content])} if each.content else {}),
        "scope_type": ROLES[each.role_id].scope,
        **({"scope_id": each.scope_id} if each.scope_id else {}),
        "created_at": EPOCH,
        "updated_at": EPOCH,
    }


async def system_policies(request: web.Request) -> web.Response:
    """Give the policies of a scope, the account by default."""
    guard(request)
    query = query_of(request)
    scope, permission = query.text("scope_type") or "account", query.text("permission_type")
    found = [
        policy.shown()
        for policy in POLICIES.values()
        if policy.scope == scope and permission in {None, policy.permission_type}
    ]
    return web.json_response({"data": found})


async def catalog(_: web.Request) -> web.Response:
    """Give every system role and policy; this needs neither an account nor a key."""
    policies = [policy.listed() for policy in POLICIES.values()]
    system = [each.listed() for each in ROLES.values() if each.management == "system"]
    return web.json_response({"catalog": {"system_policies": policies, "system_roles": system}})
