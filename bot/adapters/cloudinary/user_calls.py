"""Keysmith's calls to Cloudinary about users, and about their roles in the account."""

from datetime import date
from typing import Final, Literal

from bot.adapters.cloudinary import shapes
from bot.adapters.cloudinary.calls import PAGE_SIZE, PERMISSIONS
from bot.adapters.cloudinary.payload import item, items, text
from bot.adapters.cloudinary.wire import Call
from bot.domain.people import CloudinaryUser, Role

_USERS: Final = "/v1_1/provisioning/accounts/{account_id}/users"
_USER: Final = _USERS + "/{user_id}"
_GROUP_USERS: Final = "/v1_1/provisioning/accounts/{account_id}/user_groups/{group_id}/users"
_HELD: Final = PERMISSIONS + "/principal_roles"
_ACCOUNT: Final = (("scope_type", "account"),)

Pairs = tuple[tuple[str, str], ...]


def get_user(user_id: str) -> Call[CloudinaryUser]:
    """One user."""
    return Call("GET", _USER, shapes.user, {"user_id": user_id})


def list_users(page: int, narrowed: Pairs = ()) -> Call[list[CloudinaryUser]]:
    """One page of users, counted from 1; always in the same order."""
    order = (("sort_by", "created_at"), ("sort_order", "asc"))
    paged = (("page_size", str(PAGE_SIZE)), ("page", str(page)))
    return Call("GET", _USERS, shapes.users, query=(*narrowed, *order, *paged))


def without_login(since: date) -> Pairs:
    """The filter for users whose last login is before a day, or who never signed in.

    The range ends far in the future: a user is left out who signs in today.
    """
    return (("last_login", "false"), ("from", since.isoformat()), ("to", "2999-12-31"))


def reaching(environment_id: str) -> Pairs:
    """The filter for users who have access to an environment."""
    return (("sub_account_id", environment_id),)


def create_user(
    name: str, email: str, role: Role, environments: frozenset[str] | None
) -> Call[CloudinaryUser]:
    """Invite a user."""
    content: dict[str, object] = {"name": name, "email": email, "role": str(role)}
    if environments is not None:
        content["sub_account_ids"] = sorted(environments)
    return Call("POST", _USERS, shapes.user, content=content)


def update_user(user_id: str, **changes: object) -> Call[CloudinaryUser]:
    """Change the named fields of a user."""
    return Call("PUT", _USER, shapes.user, {"user_id": user_id}, content=changes)


def delete_user(user_id: str) -> Call[None]:
    """Remove a user."""
    return Call("DELETE", _USER, shapes.nothing, {"user_id": user_id})


def list_account_roles(user_id: str) -> Call[frozenset[str]]:
    """Ids of the account's roles that a user holds themselves."""
    principal = (("principal_type", "user"), ("principal_id", user_id))
    query = (*principal, ("permission_type", "global"), *_ACCOUNT)
    return Call("GET", _HELD, _ids, query=query)


def list_holders(role_id: str) -> Call[list[tuple[str, str]]]:
    """Types and ids of the principals that hold a role of the account."""
    path = PERMISSIONS + "/roles/{role_id}/principals"
    return Call("GET", path, _principals, {"role_id": role_id}, query=_ACCOUNT)


def list_group_users(group_id: str) -> Call[frozenset[str]]:
    """Ids of a group's users."""
    return Call("GET", _GROUP_USERS, _user_ids, {"group_id": group_id})


def assign(operation: Literal["add", "remove"], user_id: str, role_id: str) -> Call[None]:
    """Give a user a role of the account, or take it away."""
    content = {
        "operation": operation,
        "principal": {"type": "user", "id": user_id},
        "roles": [{"id": role_id}],
    }
    return Call("PUT", _HELD, shapes.nothing, content=content, bodiless=True)


def _ids(value: object) -> frozenset[str]:
    return frozenset(text(each, "id") for each in items(value, "data"))


def _principals(value: object) -> list[tuple[str, str]]:
    return [(text(each, "type"), text(each, "id")) for each in items(item(value), "data")]


def _user_ids(value: object) -> frozenset[str]:
    return frozenset(text(each, "id") for each in items(value, "users"))
