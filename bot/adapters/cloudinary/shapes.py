"""Cloudinary's JSON as domain values; secrets are left out unless one is asked for.

The live API sends more than its OpenAPI document names (`root`, `dedicated_for`) and sometimes
less: an optional field has a safe default, a missing required field makes the answer `Malformed`.
"""

from dataclasses import dataclass, replace
from typing import Final

from bot.adapters.cloudinary import payload
from bot.adapters.cloudinary.payload import Item, flag, item, items, items_if_any, text, text_if_any
from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Generated, Key
from bot.domain.people import CloudinaryUser, Role
from bot.domain.secret import Secret

MASKS: Final = frozenset("*•…")
"""Characters that mask a hidden secret; a real one has letters, digits, `-` and `_` only."""


@dataclass(frozen=True)
class Group:
    """A user group; people know its name, policies its id."""

    id: str
    name: str


@dataclass(frozen=True)
class KeyPage:
    """One page of access keys; `total` is None where Cloudinary sends none.

    `credentials` belong to the one key whose secret the call asks for, if it is on this page.
    """

    keys: tuple[Key, ...]
    total: int | None
    credentials: Credentials | None = None


def access_key(value: object) -> Key:
    """Read an access key without its secret."""
    found = item(value, "the access key")
    return Key(
        api_key=text(found, "api_key"),
        name=text_if_any(found, "name"),
        enabled=flag(found, "enabled"),
        root=flag(found, "root", default=False),
        created_at=payload.moment(found, "created_at"),
        updated_at=payload.moment(found, "updated_at"),
        dedicated_for=_purposes(found),
    )


def _purposes(value: Item) -> tuple[str, ...]:
    """Read a list, which the API sends on reading, or a single text, which it sends on writing."""
    found = value.get("dedicated_for")
    listed = found if isinstance(found, list) else [found]
    return tuple(purpose for purpose in listed if isinstance(purpose, str) and purpose)


def key_page(value: object) -> KeyPage:
    """Read one page of access keys without secrets."""
    keys = tuple(map(access_key, items(value, "access_keys")))
    total = item(value).get("total")
    return KeyPage(keys, total if type(total) is int else None)  # True is an `int` too


def key_page_revealing(value: object, environment: Environment, api_key: str) -> KeyPage:
    """Read one page of access keys with the secret of one."""
    listed = items(value, "access_keys")
    named = (each for each in listed if each.get("api_key") == api_key)
    revealed = (_credentials(each, environment) for each in named)
    return replace(key_page(value), credentials=next(revealed, None))


def generated(value: object, environment: Environment) -> Generated:
    """Read a new key with its secret."""
    return Generated(access_key(value), _credentials(item(value), environment))


def _credentials(value: Item, environment: Environment) -> Credentials | None:
    """None where the secret is absent, empty or masked."""
    secret = Secret(text_if_any(value, "api_secret").strip())
    if not secret or MASKS & set(secret.show()):
        return None
    return Credentials(environment.cloud_name, text(value, "api_key"), secret)


def environment(value: object) -> Environment:
    """Read a product environment without its keys; a nameless one is named by its cloud name."""
    found = item(value, "the product environment")
    return Environment(
        id=text(found, "id"),
        name=text_if_any(found, "name") or text(found, "cloud_name"),
        cloud_name=text(found, "cloud_name"),
        enabled=flag(found, "enabled", default=True),
    )


def environments(value: object) -> list[Environment]:
    """Read a list of product environments."""
    return [environment(each) for each in items(value, "sub_accounts")]


def environment_ids(value: object) -> frozenset[str]:
    """Read the ids of the product environments that a user has access to."""
    return frozenset(text(each, "id") for each in items(value, "sub_accounts"))


def nothing(_: object) -> None:
    """Ignore the body of a success."""


def users(value: object) -> list[CloudinaryUser]:
    """Read users; a role outside the fixed seven is None."""
    return [user(each) for each in items(value, "users")]


def user(value: object) -> CloudinaryUser:
    """Read one user."""
    found = item(value, "the user")
    providers = found.get("providers")
    return CloudinaryUser(
        id=text(found, "id"),
        name=text_if_any(found, "name"),
        email=text_if_any(found, "email"),
        role=next((role for role in Role if role == text_if_any(found, "role")), None),
        enabled=flag(found, "enabled"),
        pending=flag(found, "pending"),
        all_environments=flag(found, "all_sub_accounts", default=False),
        last_login=payload.moment(found, "last_login"),
        providers=tuple(str(each) for each in providers) if isinstance(providers, list) else (),
    )


def groups(value: object) -> list[Group]:
    """Read a user's groups."""
    return [Group(text(each, "id"), text_if_any(each, "name")) for each in items(value, "groups")]


def statements(value: object, principal_type: str, principal_id: str) -> tuple[str, ...]:
    """Read the Cedar statements that apply to one principal.

    Roles of other principals are ignored, whatever the query asked for. Custom policies name their
    principal themselves. A policy without a statement could be a forbid, so it raises `Malformed`.
    """
    data = _data(value)
    ours = (principal_type, principal_id)
    roles = [
        role
        for principal in items_if_any(data, "principals")
        if (principal.get("principal_type"), principal.get("principal_id")) == ours
        for role in items_if_any(principal, "roles")
    ]
    policies = [policy for role in roles for policy in items_if_any(role, "system_policies")]
    custom = items_if_any(data, "custom_policies")
    return tuple(text(policy, "policy_statement") for policy in [*policies, *custom])


def has_permissions(value: object) -> bool:
    """Accept any answer of the Permissions API: some have a list of data, some an object."""
    if not isinstance(item(value).get("data"), list):
        _data(value)
    return True


def count(value: object) -> int:
    """Count the entries of a list of data."""
    return len(items(value, "data"))


def _data(value: object) -> Item:
    return item(item(value).get("data"), "data")
