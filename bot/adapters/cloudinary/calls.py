"""The calls that Keysmith makes to Cloudinary's account API: one function for each."""

from functools import partial
from typing import Final, Literal

from bot.adapters.cloudinary import shapes
from bot.adapters.cloudinary.shapes import Group, KeyPage
from bot.adapters.cloudinary.wire import Call
from bot.domain.environments import Environment
from bot.domain.keys import Generated, Key
from bot.domain.people import CloudinaryUser

PAGE_SIZE: Final = 100
"""Keys on a page: one page does for nearly every environment."""

_ACCOUNT: Final = "/v1_1/provisioning/accounts/{account_id}"
_USER: Final = _ACCOUNT + "/users/{user_id}"
_KEYS: Final = _ACCOUNT + "/sub_accounts/{sub_account_id}/access_keys"
_EFFECTIVE: Final = "/v2/accounts/{account_id}/permissions/policies/effective"

PrincipalType = Literal["user", "group"]


def list_environments() -> Call[list[Environment]]:
    """Every product environment; this list has no pages."""
    return Call("GET", _ACCOUNT + "/sub_accounts", shapes.environments)


def list_keys(environment_id: str, page: int) -> Call[KeyPage]:
    """One page of access keys, counted from 1."""
    return Call(
        "GET",
        _KEYS,
        shapes.key_page,
        segments={"sub_account_id": environment_id},
        query=_page(page),
    )


def reveal_key(environment: Environment, api_key: str, page: int) -> Call[KeyPage]:
    """One page of access keys with the secret of one; there is no call for a single key."""
    return Call(
        "GET",
        _KEYS,
        partial(shapes.key_page_revealing, environment=environment, api_key=api_key),
        segments={"sub_account_id": environment.id},
        query=_page(page),
    )


def _page(number: int) -> tuple[tuple[str, str], ...]:
    return (("page_size", str(PAGE_SIZE)), ("page", str(number)))


def generate_key(environment: Environment, name: str) -> Call[Generated]:
    """Make a key, disabled."""
    return Call(
        "POST",
        _KEYS,
        partial(shapes.generated, environment=environment),
        segments={"sub_account_id": environment.id},
        content={"name": name, "enabled": False},
    )


def update_key(
    environment_id: str, api_key: str, *, name: str | None = None, enabled: bool | None = None
) -> Call[Key]:
    """Change what is not None."""
    given = {"name": name, "enabled": enabled}
    return Call(
        "PUT",
        _KEYS + "/{key}",
        shapes.access_key,
        segments={"sub_account_id": environment_id, "key": api_key},
        content={field: value for field, value in given.items() if value is not None},
    )


def delete_key(environment_id: str, api_key: str) -> Call[None]:
    """Remove a key, by its API key: a name may be another's by now."""
    return Call(
        "DELETE",
        _KEYS + "/{key}",
        shapes.nothing,
        segments={"sub_account_id": environment_id, "key": api_key},
    )


def find_users(email: str) -> Call[list[CloudinaryUser]]:
    """Users by e-mail address, as written and folded: Cloudinary may compare either way."""
    spellings = dict.fromkeys((email, email.casefold()))
    query = tuple(("emails", spelling) for spelling in spellings)
    return Call("GET", _ACCOUNT + "/users", shapes.users, query=query)


def list_users(page: int) -> Call[list[CloudinaryUser]]:
    """One page of everybody, counted from 1."""
    return Call("GET", _ACCOUNT + "/users", shapes.users, query=_page(page))


def list_user_groups(user_id: str) -> Call[list[Group]]:
    """Groups that a user belongs to."""
    return Call("GET", _USER + "/groups", shapes.groups, segments={"user_id": user_id})


def list_user_environments(user_id: str) -> Call[frozenset[str]]:
    """Product environments that a user has access to."""
    path = _USER + "/sub_accounts"
    return Call("GET", path, shapes.environment_ids, segments={"user_id": user_id})


def probe_permissions() -> Call[bool]:
    """Ask something that only an account with the Permissions API answers."""
    query = (("scope_type", "account"),)
    return Call("GET", _EFFECTIVE, shapes.has_permissions, query=query)


def list_statements(
    environment_id: str, principal_type: PrincipalType, principal_id: str
) -> Call[tuple[str, ...]]:
    """Cedar statements that hold for a user or a group in one product environment."""
    return Call(
        "GET",
        _EFFECTIVE,
        partial(shapes.statements, principal_type=principal_type, principal_id=principal_id),
        query=(
            ("scope_type", "prodenv"),
            ("scope_id", environment_id),
            ("principal_type", principal_type),
            ("principal_id", principal_id),
        ),
    )
