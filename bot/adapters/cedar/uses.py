"""What Cloudinary's policies let an access key do, evaluated as Cedar.

A permit counts where Cedar evaluates it for the key. A forbid counts unless Cedar is certain that
it does not apply: one that errs or does not parse takes everything away.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cedarpy import Entities, is_authorized

from bot.adapters.cedar.rights import MANAGE, read_statements
from bot.adapters.cedar.text import Policy, policy_set
from bot.domain.key_roles import KeyRole, Use

_ASSET: Final = "Cloudinary::Asset"
_ASKED: Final[Mapping[Use, tuple[tuple[str, str, str], ...]]] = {
    Use.REPORT: (("read", "Cloudinary::Report", "usage"),),
    Use.READ: (("read", _ASSET, "any"),),
    Use.UPLOAD: (("create", _ASSET, "any"),),
    Use.SETTINGS: (("update", "Cloudinary::Uploadpreset", "any"),),
    Use.REPLACE: (("update", _ASSET, "any"),),
    Use.DELETE: (("delete", _ASSET, "any"),),
    Use.KEYS: (("create", "Cloudinary::Feature", MANAGE),),
}
"""The action, and the type and id of the resource, that represent each use."""


def uses(statements: Sequence[str], api_key: str, role: KeyRole | None = None) -> tuple[Use, ...]:
    """Return what these statements permit the key; in its folder, for a role that has one."""
    read = read_statements(statements)
    return tuple(each for each in Use if read is not None and _allows(read, api_key, each, role))


def forbidden(statements: Sequence[str], api_key: str, role: KeyRole | None) -> frozenset[Use]:
    """Return what the statements take away from a key that may do it otherwise."""
    read = read_statements(statements)
    if read is None:
        return frozenset(Use)
    forbids = [each for each in read if each["effect"] == "forbid"]
    return frozenset(each for each in Use if not _lets(forbids, api_key, each, role))


def _allows(read: list[Policy], api_key: str, use: Use, role: KeyRole | None) -> bool:
    return all(_evaluate(read, api_key, asked, role)[0] for asked in _ASKED[use])


def _lets(forbids: list[Policy], api_key: str, use: Use, role: KeyRole | None) -> bool:
    """Whether no forbid concerns the use; one that Cedar can't evaluate does."""
    anything: Policy = {
        "effect": "permit",
        **{name: {"op": "All"} for name in ("principal", "action", "resource")},
        "conditions": [],
    }
    found = [_evaluate([anything, *forbids], api_key, asked, role) for asked in _ASKED[use]]
    return all(allowed and not errors for allowed, errors in found)


def _evaluate(
    policies: list[Policy], api_key: str, asked: tuple[str, str, str], role: KeyRole | None
) -> tuple[bool, bool]:
    """Ask Cedar one question: whether it is allowed, and whether a policy errs."""
    action, kind, id_ = asked
    resource = {"type": kind, "id": id_}
    entity = {"uid": resource, "attrs": _attributes(kind, role), "parents": []}
    request = {
        "principal": {"type": "Cloudinary::Apikey", "id": api_key},
        "action": {"type": "Cloudinary::Action", "id": action},
        "resource": resource,
    }
    known = Entities.from_json_str(json.dumps([entity]))
    set_ = policy_set({f"{i}": each for i, each in enumerate(policies)})
    found = is_authorized(request, set_, known)
    return found.allowed, bool(found.diagnostics.errors)


def _attributes(kind: str, role: KeyRole | None) -> dict[str, Any]:
    """Describe the resource as Cloudinary's statements ask for it."""
    if kind == _ASSET:
        return {
            "ancestor_ids": [role.folder] if role and role.folder else [],
            "collection_ids": [role.collection] if role and role.collection else [],
            "resource_type": "image",
        }
    return {"type": "env_usage"} if kind == "Cloudinary::Report" else {}
