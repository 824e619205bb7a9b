"""Keysmith's calls to Cloudinary's Permissions API about the roles of access keys."""

from functools import partial
from typing import Final, Literal

from bot.adapters.cloudinary import role_shapes, shapes
from bot.adapters.cloudinary.calls import EFFECTIVE, PERMISSIONS
from bot.adapters.cloudinary.role_shapes import API_KEY, Effective, RolePage
from bot.adapters.cloudinary.wire import Call
from bot.domain.key_roles import KeyRole

_CATALOG: Final = "/v2/accounts/permissions/public/catalog"
_HELD: Final = PERMISSIONS + "/principal_roles"


def list_roles() -> Call[list[KeyRole]]:
    """Roles that count for a whole environment, system and custom ones."""
    query = (("scope_type", "prodenv"), ("permission_type", "global"))
    return Call("GET", PERMISSIONS + "/roles", role_shapes.listed, query=query)


def role_statements(role_id: str) -> Call[tuple[str, ...]]:
    """Cedar statements of one role's policies."""
    return Call(
        "GET", PERMISSIONS + "/roles/{role_id}", role_shapes.statements, {"role_id": role_id}
    )


def list_catalog() -> Call[list[tuple[KeyRole, tuple[str, ...]]]]:
    """System roles for a whole environment, each with its statements; public."""
    return Call("GET", _CATALOG, role_shapes.catalog)


def list_roles_of_key(
    environment_id: str, api_key: str, kind: Literal["global", "content"]
) -> Call[list[KeyRole]]:
    """Roles of one key: of the whole environment, or of its content."""
    principal = (("principal_type", API_KEY), ("principal_id", api_key), ("permission_type", kind))
    return Call("GET", _HELD, role_shapes.listed, query=(*principal, *_place(environment_id)))


def inspect_keys(environment_id: str, cursor: str) -> Call[RolePage]:
    """Roles of every key of an environment, from a cursor on."""
    query = (*_place(environment_id), ("principal_type", API_KEY))
    more = (("cursor", cursor),) if cursor else ()
    return Call("GET", _HELD + "/inspect", role_shapes.page, query=(*query, *more))


def assign(
    operation: Literal["add", "remove"], environment_id: str, api_key: str, role: KeyRole
) -> Call[None]:
    """Give a key a role, or take it away."""
    parameters = {"folder_id": role.folder, "collection_id": role.collection}
    given = {name: value for name, value in parameters.items() if value}
    content = {
        "operation": operation,
        "principal": {"type": API_KEY, "id": api_key},
        "roles": [
            {"id": role.id, "scope_id": environment_id}
            | ({"policy_parameters": given} if given else {})
        ],
    }
    return Call("PUT", _HELD, shapes.nothing, content=content, bodiless=True)


def effective(environment_id: str | None, api_key: str) -> Call[Effective]:
    """Policies that apply to one key in its environment; without one, in the account."""
    scope = _place(environment_id) if environment_id else (("scope_type", "account"),)
    query = (*scope, ("principal_type", API_KEY), ("principal_id", api_key))
    return Call("GET", EFFECTIVE, partial(role_shapes.effective, api_key=api_key), query=query)


def _place(environment_id: str) -> tuple[tuple[str, str], ...]:
    return (("scope_type", "prodenv"), ("scope_id", environment_id))
