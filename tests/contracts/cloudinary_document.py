"""Cloudinary's OpenAPI document (0.2.1), corrected where the live service is known to differ.

Every difference is named and has its reason here; there is no other place that knows better than
the document.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from openapi_core import OpenAPI

DOCUMENT: Final = Path(__file__).parents[1] / "schemas/cloudinary/account-provisioning-openapi.yaml"
LIVE: Final = "https://api.cloudinary.com"
"""The server that the document names; the validator must see requests as sent there."""

P: Final = "/v1_1/provisioning/accounts/{account_id}"
Q: Final = "/v2/accounts/{account_id}/permissions"
KEYS: Final = P + "/sub_accounts/{sub_account_id}/access_keys"
MEMBER: Final = P + "/user_groups/{group_id}/users/{user_id}"

Json = dict[str, Any]
_WORD: Final[Json] = {"type": "string"}
Steps = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A correction: what is merged into the document, where, and why."""

    reason: str
    at: tuple[Steps, ...]
    merged: Json


def _answer(schema: str) -> Json:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}}


def _refusal(description: str, schema: str) -> Json:
    return {"description": description, "content": {"application/json": _answer(schema)}}


def _responses(method: str, *paths: str) -> tuple[Steps, ...]:
    return tuple(("paths", path, method, "responses") for path in paths)


DIFFERENCES: Final[Mapping[str, Difference]] = {
    "root and dedicated_for": Difference(
        "the live service sends both on access keys; a list, where the request has a word",
        (("components", "schemas", "AccessKey"),),
        {
            "properties": {
                "root": {"type": "boolean"},
                "dedicated_for": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "enum": ["webhooks"]},
                },
            },
            "additionalProperties": False,
        },
    ),
    "a key without a name": Difference(
        "the root key has no name, and a key may be made without one",
        (("components", "schemas", "AccessKey", "properties", "name"),),
        {"nullable": True},
    ),
    "custom attributes": Difference(
        "the live service echoes them where they are set",
        (("components", "schemas", "ProductEnvironment"),),
        {
            "properties": {"custom_attributes": {"type": "object"}},
            "additionalProperties": False,
        },
    ),
    "a deleted group": Difference(
        "the live service answers this deletion alone with `ok`",
        (
            (
                *_responses("delete", P + "/user_groups/{group_id}")[0],
                "200",
                "content",
                "application/json",
            ),
        ),
        {
            "schema": {
                "type": "object",
                "properties": {"ok": {"type": "boolean"}},
                "additionalProperties": False,
                "required": ["ok"],
            }
        },
    ),
    "a new member": Difference(
        "the live service answers with all users in the group, not only with the added one",
        ((*_responses("post", MEMBER)[0], "200", "content", "application/json"),),
        _answer("UserGroupUsersResponse"),
    ),
    "status of users": Difference(
        "Cloudinary's own Python package asks for it since 1.46.0",
        (("paths", P + "/users", "get"),),
        {
            "parameters": [
                {
                    "name": "status",
                    "in": "query",
                    "schema": {"type": "string", "enum": ["pending", "active"]},
                }
            ]
        },
    ),
    "name of a key to delete": Difference(
        "two of Cloudinary's own packages send it in the body",
        (("paths", KEYS, "delete"),),
        {
            "parameters": [{"name": "name", "in": "query", "schema": _WORD}],
            "requestBody": {
                "content": {
                    media: {"schema": {"type": "object", "properties": {"name": _WORD}}}
                    for media in ("application/json", "application/x-www-form-urlencoded")
                }
            },
        },
    ),
    "a query that makes no sense": Difference(
        "the document has limits and enumerations here, and no status for what is outside them",
        _responses(
            "get",
            KEYS,
            P + "/users",
            P + "/user_groups",
            P + "/user_groups/{group_id}",
        ),
        {"400": {"$ref": "#/components/responses/400BadRequest"}},
    ),
    "a query that makes no sense, at the Permissions API": Difference(
        "likewise; other reads of the same API have a 400 for it",
        _responses(
            "get",
            Q + "/policies/system",
            Q + "/roles",
            Q + "/roles/{role_id}",
            Q + "/roles/{role_id}/principals",
        ),
        {"400": _refusal("Missing fields, invalid fields", "PermissionsErrorResponse")},
    ),
    "an account without the Permissions API": Difference(
        "it is sold apart, and other reads of the same API have a 403 for it",
        (
            *_responses("get", Q + "/principal_roles", Q + "/principal_roles/inspect"),
            *_responses("post", Q + "/principal_roles/inspect"),
        ),
        {"403": _refusal("Not allowed", "PermissionsErrorResponse")},
    ),
}

ALWAYS: Final[Mapping[str, str]] = {
    "AccessKey": "name api_key created_at updated_at enabled root",
    "AccessKeysResponse": "access_keys total",
    "ProductEnvironment": "cloud_name name enabled id api_access_keys created_at updated_at",
    "ProductEnvironmentsResponse": "sub_accounts",
    "ApiAccessKey": "key enabled",
    "User": "id name role email pending enabled created_at updated_at all_sub_accounts",
    "UsersResponse": "users",
    "UserGroup": "id name",
    "UserGroupsResponse": "user_groups",
    "UserGroupsListResponse": "groups",
    "UserSubAccountsResponse": "sub_accounts",
    "UserGroupUsersResponse": "users",
    "UserGroupUser": "id name email",
    "SuccessResponse": "message",
    "ErrorResponse": "error",
    "PermissionsErrorResponse": "error",
    "PermissionsError": "category code message",
    "RolesResponse": "data",
    "PrincipalRolesResponse": "data",
    "PrincipalRolesInspectResponse": "data",
    "SystemPoliciesResponse": "data",
    "EffectivePoliciesResponse": "data",
}
"""Fields of every published sample. The document requires none of them, so `{}` would pass."""


def _merge(into: Json, more: Json) -> None:
    """Merge: objects get more fields, parameters are matched by name, anything else is replaced."""
    for name, value in more.items():
        old = into.get(name)
        if isinstance(old, dict) and isinstance(value, dict) and "$ref" not in {*old, *value}:
            _merge(old, value)
        elif name == "parameters":
            names = {each["name"] for each in value}
            into[name] = [*(each for each in old or [] if each.get("name") not in names), *value]
        else:
            into[name] = deepcopy(value)


def amend(found: Json, differences: Iterable[Difference]) -> None:
    """Merge differences into a document."""
    for difference in differences:
        for steps in difference.at:
            node = found
            for step in steps:
                node = node[step]
            _merge(node, difference.merged)


def parsed() -> Json:
    """Read the document as it is; the parser in C takes a tenth of the time."""
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    found: Json = yaml.load(DOCUMENT.read_text(), loader)  # noqa: S506  # both are safe ones
    return found


@cache
def raw() -> Json:
    """Read the document with its differences; callers share it and must not change it."""
    found = parsed()
    amend(found, DIFFERENCES.values())
    for schema, fields in ALWAYS.items():
        found["components"]["schemas"][schema]["required"] = fields.split()
    return found


@cache
def document() -> OpenAPI:
    """Build the validator of requests and answers."""
    return OpenAPI.from_dict(raw())
