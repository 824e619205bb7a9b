"""Cloudinary's document for a fuzzer, with known ids and the sandbox's own stricter rules."""

import json
from collections.abc import Mapping
from typing import Final

from schemathesis import GenerationMode
from schemathesis.config import (
    CoveragePhaseConfig,
    ExamplesPhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.openapi import from_dict
from schemathesis.schemas import BaseSchema

from sandbox import at_cloudinary
from sandbox.cloudinary.app import create_app
from sandbox.cloudinary.requests import ACCOUNT
from sandbox.cloudinary.roles import ROLES
from tests.contracts.cloudinary_document import KEYS, Difference, Json, P, Steps, amend, raw

UNKNOWN: Final = "nobody"
SAYS_SOMETHING: Final = {"pattern": r"[A-Za-z]"}
A_NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
A_PAGE: Final = {**A_NUMBER, "maximum": 100}


def _fields(*names: str) -> tuple[Steps, ...]:
    return tuple(("components", "schemas", *name.split(".")) for name in names)


def _query(path: str, method: str, **schemas: Json) -> Difference:
    needed = method == "delete"
    parameters = [
        {"name": name, "in": "query", "required": needed, "schema": schema}
        for name, schema in schemas.items()
    ]
    reason = "a page is counted from 1 and has something on it, and a name says something"
    return Difference(reason, (("paths", path, method),), {"parameters": parameters})


STRICTER: Final[Mapping[str, Difference]] = {
    "names": Difference(
        "a blank name is of no use",
        _fields(
            "ProductEnvironmentRequest.properties.name",
            "ProductEnvironmentUpdateRequest.properties.name",
            "AccessKeyRequest.properties.name",
            "AccessKeyUpdateRequest.properties.name",
            "UserRequest.properties.name",
            "UserGroupRequest.properties.name",
        ),
        SAYS_SOMETHING,
    ),
    "cloud names": Difference(
        "the official package says of what letters they are",
        _fields(
            "ProductEnvironmentRequest.properties.cloud_name",
            "ProductEnvironmentUpdateRequest.properties.cloud_name",
        ),
        {"pattern": r"^[A-Za-z0-9_-]+$", "maxLength": 60},
    ),
    "bases": Difference(
        "one that is not there is a 400, as the live service's text is not its 404's",
        _fields("ProductEnvironmentRequest.properties.base_sub_account_id"),
        {"enum": [place.id for place in at_cloudinary.ENVIRONMENTS]},
    ),
    "addresses": Difference(
        "the document says so of the answer alone",
        _fields("UserRequest.properties.email"),
        {"pattern": r"^[a-z]+@[a-z]+$"},
    ),
    "groups": Difference(
        "there is nothing else to say of one", _fields("UserGroupRequest"), {"required": ["name"]}
    ),
    "assignments": Difference(
        "the document says so in words, and has a 400 for it",
        _fields("UpdatePrincipalRolesRequest"),
        {"required": ["operation", "principal", "roles"]},
    ),
    "scopes": Difference(
        "a role of an environment is held in one",
        _fields("RoleToManage"),
        {"required": ["scope_id"]},
    ),
    "pages of keys": _query(KEYS, "get", page=A_PAGE, page_size=A_NUMBER),
    "pages of users": _query(P + "/users", "get", page=A_NUMBER, page_size=A_NUMBER),
    "a key to delete": _query(KEYS, "delete", name={"type": "string", "minLength": 1}),
}


def schema(examples: int, *, every_way: bool) -> BaseSchema:
    """Read the document; each operation gets `examples` requests, the same ones every time.

    On top of those it may be every way in which a single field can be wrong.
    """
    found = json.loads(json.dumps(raw(), default=str))  # the samples hold dates
    amend(found, STRICTER.values())
    _put_ids(found)
    generation = GenerationConfig(
        modes=list(GenerationMode), max_examples=examples, deterministic=True
    )
    phases = PhasesConfig(
        examples=ExamplesPhaseConfig(enabled=False),
        coverage=CoveragePhaseConfig(enabled=every_way),
    )
    project = ProjectConfig(generation=generation, phases=phases)
    return from_dict(found, config=SchemathesisConfig(projects=ProjectsConfig(default=project)))


def _put_ids(found: Json) -> None:
    """Use known ids, always in a path and about half of the time elsewhere."""
    known, schemas = _known(), found["components"]["schemas"]
    for parameter in found["components"]["parameters"].values():
        if parameter["name"] in known and parameter["in"] == "path":
            parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
        elif parameter["name"] in known:
            parameter["schema"] = _one_of(known[parameter["name"]])
    schemas["RoleToManage"]["properties"]["id"] = _one_of(known["role_id"])
    schemas["RoleToManage"]["properties"]["scope_id"] = _one_of(known["scope_id"])
    schemas["Principal"]["properties"]["id"] = _one_of(known["principal_id"])


def _one_of(ids: list[str]) -> Json:
    return {"anyOf": [{"type": "string", "enum": ids}, {"type": "string", "minLength": 1}]}


def _known() -> dict[str, list[str]]:
    contents = create_app()[ACCOUNT].contents
    users = [user.id for user in at_cloudinary.USERS[:3]]
    groups = [group.id for group in contents.groups]
    keys = [key.api_key for key in contents.environments[1].keys]
    environments = [environment.id for environment in contents.environments[1:3]]
    return {
        "account_id": [at_cloudinary.ACCOUNT_ID],
        "sub_account_id": [*environments, UNKNOWN],
        "scope_id": environments,
        "key": [*keys, UNKNOWN],
        "user_id": [*users, UNKNOWN],
        "group_id": [*groups, UNKNOWN],
        "principal_id": [*users, *groups, *keys],
        "role_id": list(ROLES),
    }
