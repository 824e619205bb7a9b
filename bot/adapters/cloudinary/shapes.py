"""Cloudinary's JSON as the domain's values; secrets stay behind.

The live API says more than its OpenAPI document (`root`, `dedicated_for`) and now and then less,
so what may be missing has a careful default, and what may not makes the answer `Malformed`.
"""

from dataclasses import dataclass
from typing import Final

from bot.adapters.cloudinary.payload import (
    Item,
    count,
    flag,
    item,
    items,
    items_if_any,
    moment,
    text,
    words,
)
from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Generated, Key
from bot.domain.people import CloudinaryUser, Role

MASKS: Final = frozenset("*•…")
"""Signs that stand for a hidden secret; a real one has letters, digits, `-` and `_` only."""


@dataclass(frozen=True)
class Group:
    """A user group; people know its name, policies its id."""

    id: str
    name: str


@dataclass(frozen=True)
class KeyPage:
    """One page of access keys; `total` is None where Cloudinary did not count.

    `credentials` are those of the one key that was asked for, if it is on this page.
    """

    keys: tuple[Key, ...]
    total: int | None
    credentials: Credentials | None = None


def access_key(value: object) -> Key:
    """Read an access key and leave its secret."""
    found = item(value, "the access key")
    return Key(
        api_key=text(found, "api_key"),
        name=words(found, "name"),
        enabled=flag(found, "enabled"),
        root=flag(found, "root", default=False),
        created_at=moment(found, "created_at"),
        updated_at=moment(found, "updated_at"),
        dedicated_for=_purposes(found),
    )


def _purposes(value: Item) -> tuple[str, ...]:
    """A list on reading, a single text on writing; either is understood."""
    found = value.get("dedicated_for")
    listed = found if isinstance(found, list) else [found]
    return tuple(purpose for purpose in listed if isinstance(purpose, str) and purpose)


def key_page(value: object) -> KeyPage:
    """Read one page of access keys without secrets."""
    whole = item(value, "the whole")
    keys = tuple(access_key(each) for each in items(whole, "access_keys"))
    return KeyPage(keys, count(whole, "total"))


def key_page_revealing(value: object, environment: Environment, api_key: str) -> KeyPage:
    """Read one page of access keys with the secret of one."""
    page = key_page(value)
    named = (
        each
        for each in items(item(value, "the whole"), "access_keys")
        if each.get("api_key") == api_key
    )
    revealed = (_credentials(each, environment) for each in named)
    return KeyPage(page.keys, page.total, next(revealed, None))


def generated(value: object, environment: Environment) -> Generated:
    """Read a key just made, with its secret."""
    return Generated(access_key(value), _credentials(item(value, "the access key"), environment))


def _credentials(value: Item, environment: Environment) -> Credentials | None:
    """None where the secret is absent, empty or masked."""
    secret = words(value, "api_secret").strip()
    if not secret or MASKS & set(secret):
        return None
    return Credentials(environment.cloud_name, text(value, "api_key"), secret)


def environments(value: object) -> list[Environment]:
    """Read product environments and leave their keys."""
    return [_environment(each) for each in items(item(value, "the whole"), "sub_accounts")]


def _environment(value: Item) -> Environment:
    cloud_name = text(value, "cloud_name")
    return Environment(
        id=text(value, "id"),
        name=words(value, "name") or cloud_name,
        cloud_name=cloud_name,
        enabled=flag(value, "enabled", default=True),
    )


def environment_ids(value: object) -> frozenset[str]:
    """Read which product environments a user has access to."""
    return frozenset(text(each, "id") for each in items(item(value, "the whole"), "sub_accounts"))


def nothing(_: object) -> None:
    """Read an answer that says nothing but that it was done."""


def users(value: object) -> list[CloudinaryUser]:
    """Read users."""
    return [_user(each) for each in items(item(value, "the whole"), "users")]


def _user(value: Item) -> CloudinaryUser:
    """A role that is not one of the fixed seven is None."""
    said = words(value, "role")
    return CloudinaryUser(
        id=text(value, "id"),
        name=words(value, "name"),
        email=words(value, "email"),
        role=next((role for role in Role if role == said), None),
        enabled=flag(value, "enabled"),
        pending=flag(value, "pending"),
        all_environments=flag(value, "all_sub_accounts", default=False),
    )


def groups(value: object) -> list[Group]:
    """Read a user's groups."""
    listed = items(item(value, "the whole"), "groups")
    return [Group(text(each, "id"), words(each, "name")) for each in listed]


def statements(value: object, principal_type: str, principal_id: str) -> tuple[str, ...]:
    """Read the Cedar statements that hold for one principal.

    A role of somebody else counts for nothing, whatever the query asked for. Custom policies name
    their principal themselves. One without a statement might forbid, so it is not passed over.
    """
    data = item(item(value, "the whole").get("data"), "data")
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
    """Accept any answer of the Permissions API."""
    item(item(value, "the whole").get("data"), "data")
    return True
