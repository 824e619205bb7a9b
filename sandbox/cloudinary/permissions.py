"""The Permissions API (v2), as far as a key bot asks it; off unless the account has it."""

from aiohttp import web

from sandbox.cloudinary.asking import Json, account_of, body_of
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account, Assignment, Member

ENABLED = web.AppKey("permissions_enabled", bool)
EPOCH = 1_719_475_216  # when every system role was made, as in the documented samples
MASTER = "cld::role::prodenv::master_admin"
LIBRARY = "cld::role::prodenv::ml_user"
REPORTS = "cld::role::prodenv::reports"
KEY_ROLES = {"master_admin", "admin", "technical_admin"}
FEATURES = {
    MASTER: ("api_keys::manage", "api_keys::view", "upload_presets::manage"),
    LIBRARY: ("media_library::access",),
    REPORTS: ("reports::usage::view",),
}
PRINCIPALS = {"user", "group", "apiKey", "provisioningKey"}
SCOPES = {"account", "prodenv"}
ENTITIES = {"user": "user", "group": "group", "apiKey": "APIKey", "provisioningKey": "APIKey"}


def _role(role_id: str) -> Json:
    return {
        "id": role_id,
        "name": role_id.rpartition("::")[2].replace("_", " ").title(),
        "description": "",
        "management_type": "system",
        "permission_type": "global",
        "scope_type": "prodenv",
        "created_at": EPOCH,
        "updated_at": EPOCH,
    }


def _policies(role_id: str, principal: str) -> list[Json]:
    return [
        {
            "id": f"cld::policy::global::{feature}",
            "policy_statement": (
                f"permit (principal == {principal}, action,"
                f' resource == Cloudinary::Feature::"cld::global::{feature}");'
            ),
        }
        for feature in FEATURES.get(role_id, ())
    ]


def _held_by_user(account: Account, member: Member) -> list[Assignment]:
    role = MASTER if member.role in KEY_ROLES else LIBRARY
    role = REPORTS if member.role == "reports" else role
    reached = member.environments or [place.id for place in account.contents.places]
    return [Assignment("user", member.id, role, place_id) for place_id in reached]


def held(account: Account) -> list[Assignment]:
    """Every role that somebody or something holds: the users' own, and what was assigned."""
    seeded = [a for member in account.contents.members for a in _held_by_user(account, member)]
    return seeded + account.contents.assignments


def _guard(request: web.Request) -> Account:
    if not request.app[ENABLED]:
        raise Refusal(403, "not allowed")
    scope = request.query.get("scope_type")
    kind = request.query.get("principal_type")
    if scope not in {None, *SCOPES} or kind not in {None, *PRINCIPALS}:
        raise Refusal(400, "invalid request")
    return account_of(request)


def _matching(request: web.Request, account: Account) -> list[Assignment]:
    query = request.query
    return [
        each
        for each in held(account)
        if query.get("scope_id") in {None, each.scope_id}
        and query.get("scope_type") in {None, "prodenv"}
        and query.get("principal_type") in {None, each.principal_type}
        and query.get("principal_id") in {None, each.principal_id}
    ]


async def effective(request: web.Request) -> web.Response:
    """Roles with the Cedar of their policies, by principal."""
    account = _guard(request)
    if request.query.get("scope_type") == "prodenv":
        _scope(account, request.query.get("scope_id"))
    found: dict[tuple[str, str], list[Json]] = {}
    for each in _matching(request, account):
        principal = f'Cloudinary::{ENTITIES[each.principal_type]}::"{each.principal_id}"'
        role = {"id": each.role_id, "system_policies": _policies(each.role_id, principal)}
        found.setdefault((each.principal_type, each.principal_id), []).append(role)
    principals = [
        {"principal_type": kind, "principal_id": id_, "roles": roles}
        for (kind, id_), roles in found.items()
    ]
    return web.json_response({"data": {"principals": principals, "custom_policies": []}})


def _scope(account: Account, scope_id: str | None) -> None:
    if scope_id not in {place.id for place in account.contents.places}:
        raise Refusal(404, "not found")


async def roles(request: web.Request) -> web.Response:
    """The roles there are."""
    _guard(request)
    if request.query.get("permission_type") not in {"global", "content"}:
        raise Refusal(400, "invalid request")
    wanted = FEATURES if request.query["permission_type"] == "global" else ()
    return web.json_response({"data": [_role(role_id) for role_id in wanted]})


async def principal_roles(request: web.Request) -> web.Response:
    """The roles of one principal."""
    account = _guard(request)
    if not {"principal_type", "principal_id", "permission_type"} <= request.query.keys():
        raise Refusal(400, "invalid request")
    found = [_role(a.role_id) | {"scope_id": a.scope_id} for a in _matching(request, account)]
    return web.json_response({"data": found})


async def assign(request: web.Request) -> web.Response:
    """Give roles to a principal, or take them; the answer is empty."""
    account, body = _guard(request), await body_of(request)
    principal, operation = body.get("principal") or {}, body.get("operation")
    if operation not in {"add", "remove"} or principal.get("type") not in PRINCIPALS:
        raise Refusal(400, "invalid request")
    for role in body.get("roles") or []:
        if role.get("id") not in FEATURES:
            raise Refusal(404, "not found")
        _scope(account, role.get("scope_id"))
        wanted = Assignment(principal["type"], principal["id"], role["id"], role["scope_id"])
        others = [each for each in account.contents.assignments if each != wanted]
        account.contents.assignments = [*others, wanted] if operation == "add" else others
    return web.Response()


async def inspect(request: web.Request) -> web.Response:
    """Who holds what in a scope."""
    account = _guard(request)
    if "scope_type" not in request.query:
        raise Refusal(400, "invalid request")
    found: dict[tuple[str, str], list[Json]] = {}
    for each in _matching(request, account):
        found.setdefault((each.principal_type, each.principal_id), []).append(_role(each.role_id))
    principals = [{"type": kind, "id": id_, "roles": held} for (kind, id_), held in found.items()]
    return web.json_response({"data": {"principals": principals}})


async def system_policies(request: web.Request) -> web.Response:
    """The policies that the roles are made of."""
    _guard(request)
    found = [
        {
            **policy,
            "name": policy["id"],
            "description": "",
            "scope_type": "prodenv",
            "permission_type": "global",
            "category": "settings",
            "sub_category": "",
            "created_at": EPOCH,
            "updated_at": EPOCH,
        }
        for role_id in FEATURES
        for policy in _policies(role_id, "?principal")
    ]
    return web.json_response({"data": found})
