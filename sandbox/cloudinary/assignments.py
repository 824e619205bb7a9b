"""Adding roles to a principal and removing them (Permissions API)."""

from aiohttp import web

from sandbox.cloudinary.permissions import exists, guard, held
from sandbox.cloudinary.records import Assignment
from sandbox.cloudinary.refusals import Refusal, invalid, missing, not_there
from sandbox.cloudinary.requests import Json, body_of
from sandbox.cloudinary.roles import PRINCIPALS, ROLES
from sandbox.cloudinary.state import Account

OPERATIONS = ("add", "remove")


async def assign(request: web.Request) -> web.Response:
    """Change a principal's roles, all of them or none; the answer has no body."""
    account, body = guard(request), await body_of(request)
    operation = body.get("operation")
    absent = [name for name in ("operation", "principal", "roles") if name not in body]
    if absent:
        raise missing(*absent)
    if operation not in OPERATIONS:
        raise invalid("operation", operation)
    kind, principal_id = _principal(request, body["principal"])
    requested = [Assignment(kind, principal_id, *role) for role in _roles(account, body["roles"])]
    _apply(account, requested, remove=operation == "remove")
    return web.Response()


def _apply(account: Account, requested: list[Assignment], *, remove: bool) -> None:
    others = [each for each in account.contents.assignments if each not in requested]
    if not remove:
        account.contents.assignments = [*dict.fromkeys(others + requested)]
        return
    inherent = {*held(account)} - {*account.contents.assignments}
    if inherent & {*requested}:
        raise Refusal(403, "not allowed")
    account.contents.assignments = others


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


def _roles(account: Account, given: object) -> list[tuple[str, str | None]]:
    if not isinstance(given, list):
        raise invalid("roles", given)
    return [_role(account, each) for each in given]


def _role(account: Account, given: object) -> tuple[str, str | None]:
    """Read a role's id and its scope; a role of the whole account has none (None)."""
    if not isinstance(given, dict):
        raise invalid("roles", given)
    role_id = _text(given, "id", "role_id")
    if not isinstance(given.get("policy_parameters") or {}, dict):
        raise invalid("policy_parameters", given["policy_parameters"])
    if role_id not in ROLES:
        raise not_there("role_id", role_id)
    if ROLES[role_id].scope == "account":
        return role_id, None
    scope_id = _text(given, "scope_id", "scope_id")
    if scope_id not in {environment.id for environment in account.contents.environments}:
        raise not_there("scope_id", scope_id)
    return role_id, scope_id


def _text(given: Json, name: str, reported_as: str) -> str:
    if given.get(name) is None:
        raise missing(reported_as)
    if not isinstance(given[name], str):
        raise invalid(reported_as, given[name])
    return str(given[name])
