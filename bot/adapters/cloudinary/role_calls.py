"""Keysmith's calls to Cloudinary's Permissions API about the roles of access keys."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from bot.adapters.cloudinary import shapes
from bot.adapters.cloudinary.calls import EFFECTIVE, PERMISSIONS
from bot.adapters.cloudinary.payload import Item, item, items, items_if_any, text, text_if_any
from bot.adapters.cloudinary.wire import Call
from bot.domain.key_roles import KeyRole

_CATALOG: Final = "/v2/accounts/permissions/public/catalog"
_HELD: Final = PERMISSIONS + "/principal_roles"
_KEY: Final = "apiKey"
"""The type of principal; its id is the API key."""


@dataclass(frozen=True)
class RolePage:
    """Roles of several keys, and where the list goes on."""

    roles: dict[str, tuple[KeyRole, ...]]
    cursor: str


@dataclass(frozen=True)
class Effective:
    """The policies that apply to a key: those of each role by its id, and custom ones."""

    by_role: tuple[tuple[str, tuple[str, ...]], ...]
    custom: tuple[str, ...]


def list_roles() -> Call[list[KeyRole]]:
    """Roles that count for a whole environment, system and custom ones."""
    query = (("scope_type", "prodenv"), ("permission_type", "global"))
    return Call("GET", PERMISSIONS + "/roles", _listed, query=query)


def role_statements(role_id: str) -> Call[tuple[str, ...]]:
    """Cedar statements of one role's policies."""
    return Call("GET", PERMISSIONS + "/roles/{role_id}", _statements, {"role_id": role_id})


def list_catalog() -> Call[list[tuple[KeyRole, tuple[str, ...]]]]:
    """System roles for a whole environment, each with its statements; public."""
    return Call("GET", _CATALOG, _catalog)


def list_roles_of_key(
    environment_id: str, api_key: str, kind: Literal["global", "content"]
) -> Call[tuple[KeyRole, ...]]:
    """Roles of one key: of the whole environment, or of its content."""
    principal = (("principal_type", _KEY), ("principal_id", api_key), ("permission_type", kind))
    return Call("GET", _HELD, _held, query=(*principal, *_place(environment_id)))


def inspect_keys(environment_id: str, cursor: str) -> Call[RolePage]:
    """Roles of every key of an environment, from a cursor on."""
    query = (*_place(environment_id), ("principal_type", _KEY))
    more = (("cursor", cursor),) if cursor else ()
    return Call("GET", _HELD + "/inspect", _page, query=(*query, *more))


def assign(
    operation: Literal["add", "remove"], environment_id: str, api_key: str, role: KeyRole
) -> Call[None]:
    """Give a key a role, or take it away."""
    parameters = {"folder_id": role.folder, "collection_id": role.collection}
    given = {name: value for name, value in parameters.items() if value}
    content = {
        "operation": operation,
        "principal": {"type": _KEY, "id": api_key},
        "roles": [
            {"id": role.id, "scope_id": environment_id}
            | ({"policy_parameters": given} if given else {})
        ],
    }
    return Call("PUT", _HELD, shapes.nothing, content=content, bodiless=True)


def effective(environment_id: str | None, api_key: str) -> Call[Effective]:
    """Policies that apply to one key in its environment; without one, in the account."""
    scope = _place(environment_id) if environment_id else (("scope_type", "account"),)
    query = (*scope, ("principal_type", _KEY), ("principal_id", api_key))
    return Call("GET", EFFECTIVE, partial(_effective, api_key=api_key), query=query)


def _place(environment_id: str) -> tuple[tuple[str, str], ...]:
    return (("scope_type", "prodenv"), ("scope_id", environment_id))


def _role(value: Item) -> KeyRole:
    found = value.get("policy_parameters")
    content = found if isinstance(found, dict) else {}
    return KeyRole(
        id=text(value, "id"),
        name=text_if_any(value, "name") or text(value, "id"),
        allows=" ".join(text_if_any(value, "description").split()),
        folder=text_if_any(content, "folder_id"),
        collection=text_if_any(content, "collection_id"),
    )


def _listed(value: object) -> list[KeyRole]:
    return [_role(each) for each in items(value, "data")]


def _held(value: object) -> tuple[KeyRole, ...]:
    return tuple(_listed(value))


def _statements(value: object) -> tuple[str, ...]:
    data = item(item(value).get("data"), "data")
    return tuple(text(each, "policy_statement") for each in items(data, "policies"))


def _catalog(value: object) -> list[tuple[KeyRole, tuple[str, ...]]]:
    found = item(item(value).get("catalog"), "catalog")
    policies = {text(it, "id"): text(it, "policy") for it in items(found, "system_policies")}
    return [
        (_role(each), tuple(policies[id_] for id_ in _ids(each) if id_ in policies))
        for each in items(found, "system_roles")
        if (each.get("scope_type"), each.get("permission_type")) == ("prodenv", "global")
    ]


def _ids(value: Item) -> list[str]:
    found = value.get("system_policy_ids")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _page(value: object) -> RolePage:
    listed = items(item(item(value).get("data"), "data"), "principals")
    keys = [each for each in listed if each.get("type") == _KEY]
    roles = {text(key, "id"): tuple(map(_role, items_if_any(key, "roles"))) for key in keys}
    return RolePage(roles, text_if_any(item(value), "next_cursor"))


def _effective(value: object, api_key: str) -> Effective:
    """Read what applies to the key; a policy without a statement raises `Malformed`."""
    data = item(item(value).get("data"), "data")
    roles = [
        (text(role, "id"), tuple(map(_statement, items_if_any(role, "system_policies"))))
        for principal in items_if_any(data, "principals")
        if (principal.get("principal_type"), principal.get("principal_id")) == (_KEY, api_key)
        for role in items_if_any(principal, "roles")
    ]
    return Effective(tuple(roles), tuple(map(_statement, items_if_any(data, "custom_policies"))))


def _statement(policy: Item) -> str:
    return text(policy, "policy_statement")
