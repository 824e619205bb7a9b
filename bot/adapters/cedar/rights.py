"""The right that Cloudinary's effective policies give a user on the keys of an environment.

The statements are Cedar texts from the Permissions API. Its schema spells entity types
`Cloudinary::User`, its examples `Cloudinary::user`; types are compared without regard to case,
so that no forbid is missed because of its spelling.

The actions on the key features are not documented. So a right needs a permit for every action
that it could mean, and a forbid for any action that could concern keys takes it away.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from cedarpy import AuthzResult, Entities, PolicySet, is_authorized

from bot.adapters.cedar.text import Policy, parse, policy_set, split
from bot.domain.people import KeyRight

VIEW: Final = "cld::global::api_keys::view"
MANAGE: Final = "cld::global::api_keys::manage"

_READING: Final = frozenset({"read"})
_EVERYTHING: Final = frozenset({"create", "read", "update", "delete"})

_QUOTED: Final = re.compile(r'//[^\n\r]*|"(?:\\.|[^"\\])*"|\\"([^"\\]*)\\"', re.DOTALL)
"""A comment, a string, or (the group) a string whose quotes are escaped needlessly."""
_ACTION: Final = re.compile(r'Action::"([^"\\]+)"')


def key_right(statements: Sequence[str], user_id: str, group_ids: Iterable[str] = ()) -> KeyRight:
    """Evaluate a user's effective policy statements of one environment.

    `group_ids` are the user's groups: a statement about a group applies to its members. A permit
    that does not parse is ignored. Any other statement that does not parse leaves no right at all,
    since it could be the one that forbids.
    """
    read = _read(statements)
    if read is None:
        return KeyRight.NONE
    policies = _UserPolicies(read, user_id, group_ids)
    if policies.forbid(VIEW, _READING):
        return KeyRight.NONE
    if policies.permit(MANAGE, _EVERYTHING) and not policies.forbid(MANAGE, _EVERYTHING):
        return KeyRight.MANAGE
    return KeyRight.VIEW if policies.permit(VIEW, _READING) else KeyRight.NONE


def _read(statements: Sequence[str]) -> list[Policy] | None:
    """Parse every statement; None where one that could forbid does not parse."""
    policies = []
    for statement in (each for text in statements for each in split(_unescaped(text))):
        try:
            policies.append(_normal(parse(statement.text)))
        except ValueError:
            text = statement.text.casefold()
            if not text.startswith("permit") or "forbid" in text:
                return None
    return policies


def _unescaped(text: str) -> str:
    return _QUOTED.sub(lambda found: found[0] if found[1] is None else f'"{found[1]}"', text)


def _normal(policy: Policy) -> Policy:
    """Normalise the case of entity types, and read `principal == group` as the group's members."""
    policy = dict(_titled(policy))
    scope = policy["principal"]
    if scope["op"] == "==" and scope["entity"]["type"] == "Cloudinary::Group":
        policy["principal"] = scope | {"op": "in"}
    return policy


def _titled(node: Any, key: str = "") -> Any:
    if isinstance(node, list):
        return [_titled(part) for part in node]
    if isinstance(node, dict):
        return {name: _titled(part, name) for name, part in node.items()}
    is_type = key in {"type", "entity_type"} and isinstance(node, str)
    return node.title() if is_type else node


class _UserPolicies:
    """One user's permits and forbids, which Cedar evaluates apart from each other."""

    def __init__(self, policies: list[Policy], user_id: str, group_ids: Iterable[str]) -> None:
        self._principal = _uid("User", user_id)
        groups = [_uid("Group", id_) for id_ in group_ids]
        user = {"uid": self._principal, "attrs": {}, "parents": groups}
        self._entities = Entities.from_json_str(json.dumps([user]))
        self._permits, self._forbids = _only("permit", policies), _only("forbid", policies)
        # Other actions that a forbid names: they could concern keys in an undocumented way.
        self._unusual = frozenset(_ACTION.findall(str(self._forbids))) - _EVERYTHING

    def permit(self, feature: str, actions: Iterable[str]) -> bool:
        """Whether each of these actions is permitted; a permit that errs permits nothing."""
        return all(self._evaluate(self._permits, feature, action).allowed for action in actions)

    def forbid(self, feature: str, actions: frozenset[str]) -> bool:
        """Whether one of these actions, or an unusual one, is forbidden; one that errs forbids."""
        answers = (
            self._evaluate(self._forbids, feature, action).diagnostics
            for action in actions | self._unusual
        )
        return any(answer.reasons or answer.errors for answer in answers)

    def _evaluate(self, policies: PolicySet, feature: str, action: str) -> AuthzResult:
        request = {
            "principal": self._principal,
            "action": _uid("Action", action),
            "resource": _uid("Feature", feature),
        }
        return is_authorized(request, policies, self._entities)


def _only(effect: str, policies: list[Policy]) -> PolicySet:
    chosen = (policy for policy in policies if policy["effect"] == effect)
    return policy_set({f"{i}": policy for i, policy in enumerate(chosen)})


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": f"Cloudinary::{kind}", "id": id_}
