"""Who holds which role, and what Cedar says that they may do.

What a key may do is evaluated from the very statements that `policies/effective` answers.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from cedarpy import is_authorized

from sandbox.cloudinary.records import Assignment, Contents
from sandbox.cloudinary.roles import PRINCIPALS, ROLES, of_user

Json = dict[str, object]
T = TypeVar("T")
ACCOUNT: Final = "account"
"""The scope of a role of the whole account."""


@dataclass(frozen=True)
class Resource:
    """What an action is about, with its attributes in Cedar."""

    kind: str
    id: str
    attributes: Mapping[str, object] = field(default_factory=dict)


def held(
    contents: Contents, kind: str | None = None, id_: str | None = None, within: str | None = None
) -> list[Assignment]:
    """The roles of every principal: those from users' former roles, and assigned ones.

    `kind` and `id_` narrow them to a principal, `within` to an environment or to `account`; of a
    large account the others are not even looked at.
    """
    members = [each for each in contents.members if id_ in {None, each.id}]
    environments = [each for each in contents.environments if within in {None, each.id}]
    withdrawn = {*contents.withdrawn}
    own = [
        role
        for member in (members if kind in {None, "user"} else ())
        for role in of_user(member, environments)
        if role not in withdrawn
    ]
    return [
        each
        for each in dict.fromkeys(own + contents.assignments)
        if kind in {None, each.principal_type}
        and id_ in {None, each.principal_id}
        and within in {None, each.scope_id or ACCOUNT}
    ]


def by_principal(
    found: Iterable[Assignment], shown: Callable[[Assignment], T]
) -> dict[tuple[str, str], list[T]]:
    """Group roles by the principal that holds them."""
    grouped: dict[tuple[str, str], list[T]] = {}
    for each in found:
        grouped.setdefault((each.principal_type, each.principal_id), []).append(shown(each))
    return grouped


def policies_of(each: Assignment) -> list[dict[str, str]]:
    """The effective policies of a role that is held: they name the principal and the content."""
    principal = f'principal == Cloudinary::{PRINCIPALS[each.principal_type]}::"{each.principal_id}"'
    return [
        {"id": policy.id, "policy_statement": policy.statement(principal, each.content)}
        for policy in ROLES[each.role_id].policies
    ]


def assigned(each: Assignment) -> Json:
    """A role of a principal, with its scope and its content."""
    scope = {"scope_id": each.scope_id} if each.scope_id else {}
    content = {"policy_parameters": dict([each.content])} if each.content else {}
    return {**ROLES[each.role_id].shown(), **scope, **content}


def may(
    contents: Contents,
    principal: tuple[str, str],
    environment_id: str,
    action: str,
    resource: Resource,
) -> bool:
    """Whether a principal may do this in an environment, by Cedar."""
    statements = [
        policy["policy_statement"]
        for each in held(contents, *principal, within=environment_id)
        for policy in policies_of(each)
    ]
    uid = {"type": f"Cloudinary::{resource.kind}", "id": resource.id}
    entity = {"uid": uid, "attrs": dict(resource.attributes), "parents": []}
    request = {
        "principal": {"type": f"Cloudinary::{PRINCIPALS[principal[0]]}", "id": principal[1]},
        "action": {"type": "Cloudinary::Action", "id": action},
        "resource": uid,
    }
    return is_authorized(request, "\n".join(statements), json.dumps([entity])).allowed
