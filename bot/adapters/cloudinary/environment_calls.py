"""Keysmith's calls to Cloudinary that change product environments, and its own roles in them."""

from typing import Final

from bot.adapters.cloudinary import shapes
from bot.adapters.cloudinary.calls import ACCOUNT, PERMISSIONS
from bot.adapters.cloudinary.payload import items, text_if_any
from bot.adapters.cloudinary.wire import Call
from bot.domain.environments import Environment

_PLACES: Final = ACCOUNT + "/sub_accounts"
_PLACE: Final = _PLACES + "/{sub_account_id}"


def create(name: str, cloud_name: str, base: str) -> Call[Environment]:
    """Create a product environment, with the settings of another one if that is given."""
    content: dict[str, object] = {"name": name, "cloud_name": cloud_name}
    settings = {"base_sub_account_id": base} if base else {}
    return Call("POST", _PLACES, shapes.environment, content=content | settings)


def update(
    environment_id: str, *, name: str | None = None, enabled: bool | None = None
) -> Call[Environment]:
    """Change the fields that are not None."""
    given = {"name": name, "enabled": enabled}
    content = {field: value for field, value in given.items() if value is not None}
    segments = {"sub_account_id": environment_id}
    return Call("PUT", _PLACE, shapes.environment, segments, content=content)


def own_environments(account_key: str) -> Call[frozenset[str]]:
    """In which environments an account key holds a role, by the Permissions API."""
    principal = (("principal_type", "provisioningKey"), ("principal_id", account_key))
    query = (*principal, ("permission_type", "global"))
    return Call("GET", PERMISSIONS + "/principal_roles", _scopes, query=query)


def _scopes(value: object) -> frozenset[str]:
    return frozenset(text_if_any(each, "scope_id") for each in items(value, "data")) - {""}
