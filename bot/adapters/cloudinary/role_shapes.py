"""Cloudinary's JSON about roles as domain values."""

from dataclasses import dataclass
from typing import Final

from bot.adapters.cloudinary.payload import Item, item, items, items_if_any, text, text_if_any
from bot.domain.key_roles import KeyRole

API_KEY: Final = "apiKey"
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


def listed(value: object) -> list[KeyRole]:
    """Read a list of roles."""
    return [_role(each) for each in items(value, "data")]


def statements(value: object) -> tuple[str, ...]:
    """Read the statements of one role; a policy without one raises `Malformed`."""
    data = item(item(value).get("data"), "data")
    return tuple(text(each, "policy_statement") for each in items(data, "policies"))


def catalog(value: object) -> list[tuple[KeyRole, tuple[str, ...]]]:
    """Read the system roles of a whole environment, each with its statements."""
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


def page(value: object) -> RolePage:
    """Read a page of keys with their roles."""
    principals = items(item(item(value).get("data"), "data"), "principals")
    keys = [each for each in principals if each.get("type") == API_KEY]
    roles = {text(key, "id"): tuple(map(_role, items_if_any(key, "roles"))) for key in keys}
    return RolePage(roles, text_if_any(item(value), "next_cursor"))


def effective(value: object, api_key: str) -> Effective:
    """Read what applies to the key; a policy without a statement raises `Malformed`."""
    data = item(item(value).get("data"), "data")
    roles = [
        (text(role, "id"), tuple(map(_statement, items_if_any(role, "system_policies"))))
        for principal in items_if_any(data, "principals")
        if (principal.get("principal_type"), principal.get("principal_id")) == (API_KEY, api_key)
        for role in items_if_any(principal, "roles")
    ]
    return Effective(tuple(roles), tuple(map(_statement, items_if_any(data, "custom_policies"))))


def _statement(policy: Item) -> str:
    return text(policy, "policy_statement")
