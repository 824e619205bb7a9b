"""Adding roles to a principal and removing them (Permissions API)."""

from aiohttp import web

from sandbox.cloudinary.holders import ACCOUNT, held
from sandbox.cloudinary.masters import refuse_losing_last_master
from sandbox.cloudinary.permissions import check_environment, exists, guard, role_of
from sandbox.cloudinary.records import Assignment, Content, Contents
from sandbox.cloudinary.refusals import invalid, missing, not_there
from sandbox.cloudinary.requests import Json, body_of
from sandbox.cloudinary.roles import ACCOUNT_MASTER, PRINCIPALS, ROLES
from sandbox.cloudinary.state import Account

OPERATIONS = ("add", "remove")
Held = tuple[str, str | None, Content | None]


async def assign(request: web.Request) -> web.Response:
    """Change a principal's roles, all of them or none; the answer has no body."""
    account, body = guard(request), await body_of(request)
    operation = _operation(body, "principal", "roles")
    kind, principal_id = _principal(request, body["principal"])
    requested = [
        Assignment(kind, principal_id, *_role(account, each))
        for each in _list("roles", body["roles"])
    ]
    _apply(account, requested, remove=operation == "remove")
    return web.Response()


async def assign_principals(request: web.Request) -> web.Response:
    """Change who holds a role, everywhere or nowhere; the answer has no body."""
    account, body, role_id = guard(request), await body_of(request), role_of(request).id
    operation = _operation(body, "principals")
    requested = []
    for each in _list("principals", body["principals"]):
        if not isinstance(each, dict):
            raise invalid("principals", each)
        named = {"type": each.get("principal_type"), "id": each.get("principal_id")}
        kind, principal_id = _principal(request, named)
        requested.append(Assignment(kind, principal_id, *_role(account, {**each, "id": role_id})))
    _apply(account, requested, remove=operation == "remove")
    return web.Response()


def _operation(body: Json, *needed: str) -> str:
    absent = [name for name in ("operation", *needed) if name not in body]
    if absent:
        raise missing(*absent)
    if body["operation"] not in OPERATIONS:
        raise invalid("operation", body["operation"])
    return str(body["operation"])


def _apply(account: Account, requested: list[Assignment], *, remove: bool) -> None:
    """Add roles or remove them; a role that a user has by their former role is withdrawn."""
    contents = account.contents
    if remove:
        masters = [each for each in requested if each.role_id == ACCOUNT_MASTER]
        refuse_losing_last_master(contents, [each.principal_id for each in masters])
        contents.assignments = [each for each in contents.assignments if each not in requested]
        contents.withdrawn += [each for each in requested if each in _held(contents, each)]
        return
    contents.withdrawn = [each for each in contents.withdrawn if each not in requested]
    contents.assignments += [
        each for each in dict.fromkeys(requested) if each not in _held(contents, each)
    ]


def _held(contents: Contents, each: Assignment) -> list[Assignment]:
    """What the same principal holds in the same scope."""
    return held(contents, each.principal_type, each.principal_id, each.scope_id or ACCOUNT)


def _principal(request: web.Request, given: object) -> tuple[str, str]:
    if not isinstance(given, dict):
        raise invalid("principal", given)
    kind = _text(given, "type", "principal_type")
    principal_id = _text(given, "id", "principal_id")
    if kind not in PRINCIPALS:
        raise invalid("principal_type", kind)
    if not exists(request, kind, principal_id):
        raise not_there("principal_id", principal_id)
    return kind, principal_id


def _list(name: str, given: object) -> list[object]:
    if not isinstance(given, list):
        raise invalid(name, given)
    return given


def _role(account: Account, given: object) -> Held:
    """Read a role's id, its scope and its content; a role of the whole account has no scope."""
    if not isinstance(given, dict):
        raise invalid("roles", given)
    role_id = _text(given, "id", "role_id")
    parameters = given.get("policy_parameters") or {}
    if not isinstance(parameters, dict):
        raise invalid("policy_parameters", parameters)
    if role_id not in ROLES:
        raise not_there("role_id", role_id)
    if ROLES[role_id].scope == "account":
        return role_id, None, None
    scope_id = _text(given, "scope_id", "scope_id")
    check_environment(account, scope_id)
    return role_id, scope_id, _content(ROLES[role_id].parameters, parameters)


def _content(needed: tuple[str, ...], given: Json) -> Content | None:
    """The folder or the collection of a content role, which needs one; another role ignores it."""
    for name in needed:
        if not isinstance(given.get(name), str) or not given[name]:
            raise missing(f"policy_parameters.{name}")
        if any("\ud800" <= letter <= "\udfff" for letter in given[name]):
            raise invalid("policy_parameters", given)  # half of a character
        return name, given[name]
    return None


def _text(given: Json, name: str, reported_as: str) -> str:
    if given.get(name) is None:
        raise missing(reported_as)
    if not isinstance(given[name], str):
        raise invalid(reported_as, given[name])
    return str(given[name])
