"""Keysmith's calls to Cloudinary's account API: one function for each."""

from functools import partial
from typing import Final, Literal

from bot.adapters.cloudinary import shapes
from bot.adapters.cloudinary.account import AccessPair
from bot.adapters.cloudinary.shapes import Group, KeyPage
from bot.adapters.cloudinary.wire import Call
from bot.domain.addresses import folded
from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Generated, Key
from bot.domain.people import CloudinaryUser

PAGE_SIZE: Final = 100
"""Entries on a page: one page holds the keys of nearly every environment."""

ACCOUNT: Final = "/v1_1/provisioning/accounts/{account_id}"
_USER: Final = ACCOUNT + "/users/{user_id}"
_KEYS: Final = ACCOUNT + "/sub_accounts/{sub_account_id}/access_keys"
_KEY: Final = _KEYS + "/{key}"
PERMISSIONS: Final = "/v2/accounts/{account_id}/permissions"
EFFECTIVE: Final = PERMISSIONS + "/policies/effective"

PrincipalType = Literal["user", "group", "apiKey"]


def list_environments() -> Call[list[Environment]]:
    """Every product environment; this list has no pages."""
    return Call("GET", ACCOUNT + "/sub_accounts", shapes.environments)


def list_keys(environment_id: str, page: int) -> Call[KeyPage]:
    """One page of access keys, counted from 1."""
    return Call("GET", _KEYS, shapes.key_page, {"sub_account_id": environment_id}, _page(page))


def reveal_key(environment: Environment, api_key: str, page: int) -> Call[KeyPage]:
    """One page of access keys with the secret of one; the API has no call for a single key."""
    read = partial(shapes.key_page_revealing, environment=environment, api_key=api_key)
    return Call("GET", _KEYS, read, {"sub_account_id": environment.id}, _page(page))


def _page(number: int) -> tuple[tuple[str, str], ...]:
    return (("page_size", str(PAGE_SIZE)), ("page", str(number)))


def generate_key(environment: Environment, name: str) -> Call[Generated]:
    """Create a key, disabled."""
    read = partial(shapes.generated, environment=environment)
    content: dict[str, object] = {"name": name, "enabled": False}
    return Call("POST", _KEYS, read, {"sub_account_id": environment.id}, content=content)


def update_key(
    environment_id: str,
    api_key: str,
    *,
    name: str | None = None,
    enabled: bool | None = None,
    purpose: str | None = None,
) -> Call[Key]:
    """Change the fields that are not None; a purpose is sent as a text, never as a list."""
    given = {"name": name, "enabled": enabled, "dedicated_for": purpose}
    content = {field: value for field, value in given.items() if value is not None}
    segments = {"sub_account_id": environment_id, "key": api_key}
    return Call("PUT", _KEY, shapes.access_key, segments, content=content)


def delete_key(environment_id: str, api_key: str) -> Call[None]:
    """Delete a key by its API key: its name may belong to another key by now."""
    segments = {"sub_account_id": environment_id, "key": api_key}
    return Call("DELETE", _KEY, shapes.nothing, segments)


def ping(credentials: Credentials) -> Call[None]:
    """Sign in to the Admin API with a key's own pair; it needs no role for this."""
    pair = AccessPair(credentials.api_key, credentials.api_secret)
    segments = {"cloud_name": credentials.cloud_name}
    return Call("GET", "/v1_1/{cloud_name}/ping", shapes.nothing, segments, pair=pair)


def find_users(email: str) -> Call[list[CloudinaryUser]]:
    """Users by email address, as written, in lower case and folded.

    Cloudinary may compare either way; the folded one finds addresses that only look the same.
    """
    spellings = dict.fromkeys((email, email.lower(), folded(email)))
    query = tuple(("emails", spelling) for spelling in spellings)
    return Call("GET", ACCOUNT + "/users", shapes.users, query=query)


def list_user_groups(user_id: str) -> Call[list[Group]]:
    """Groups that a user belongs to."""
    return Call("GET", _USER + "/groups", shapes.groups, {"user_id": user_id})


def list_user_environments(user_id: str) -> Call[frozenset[str]]:
    """Product environments that a user has access to."""
    return Call("GET", _USER + "/sub_accounts", shapes.environment_ids, {"user_id": user_id})


def probe_permissions() -> tuple[Call[bool], ...]:
    """Reads that only an account with the Permissions API answers, each by another endpoint."""
    asked = (
        (EFFECTIVE, (("scope_type", "account"),)),
        (PERMISSIONS + "/policies/system", (("scope_type", "account"),)),
        (PERMISSIONS + "/roles", (("permission_type", "global"),)),
    )
    return tuple(Call("GET", path, shapes.has_permissions, query=query) for path, query in asked)


def list_own_roles(account_key: str) -> Call[int]:
    """How many roles an account key holds, by the Permissions API."""
    principal = (("principal_type", "provisioningKey"), ("principal_id", account_key))
    query = (*principal, ("permission_type", "global"))
    return Call("GET", PERMISSIONS + "/principal_roles", shapes.count, query=query)


def list_statements(
    environment_id: str | None, principal_type: PrincipalType, principal_id: str
) -> Call[tuple[str, ...]]:
    """Cedar statements that apply to a user or a group in one product environment.

    Without an environment: those of the account.
    """
    account = (("scope_type", "account"),)
    place = (("scope_type", "prodenv"), ("scope_id", environment_id)) if environment_id else account
    query = (*place, ("principal_type", principal_type), ("principal_id", principal_id))
    read = partial(shapes.statements, principal_type=principal_type, principal_id=principal_id)
    return Call("GET", EFFECTIVE, read, query=query)
