"""The right that Cloudinary's effective policies give a user on the keys of an environment.

The statements are Cedar texts from the Permissions API. Its schema spells entity types
`Cloudinary::User`, its examples `Cloudinary::user`; types are compared without regard to case,
so that no forbid is missed because of its spelling.

The documents define users, groups, API keys, features and content (folders, assets, collections).
They do not say which accounts, roles, product environments or feature groups contain them, nor
which attributes they have, nor which actions the key features know. So a right needs a permit that
is understood as a whole, for every action that it could mean. A forbid takes the right away unless
it is certain that it concerns another user, another feature or content.
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

USER: Final = "Cloudinary::User"
GROUP: Final = "Cloudinary::Group"
FEATURE: Final = "Cloudinary::Feature"
ACTION: Final = "Cloudinary::Action"
OTHER_PRINCIPALS: Final = frozenset({"Cloudinary::Apikey", "Cloudinary::Provisioningkey"})
CONTENT: Final = frozenset(
    f"Cloudinary::{name}"
    for name in ("Asset", "Collection", "Folder", "Report", "Uploadmapping", "Uploadpreset")
)
"""Types as `str.title` spells them."""
COMPARED: Final = {
    "principal": OTHER_PRINCIPALS | {USER, GROUP},
    "resource": CONTENT | {FEATURE},
    "action": frozenset({ACTION}),
}
"""Types that a condition may compare each variable with, and be understood."""
OPERATORS: Final = frozenset({"&&", "||", "!", "if-then-else"})

_READING: Final = frozenset({"read"})
_EVERYTHING: Final = frozenset({"create", "read", "update", "delete"})

_BELOW_GROUPS: Final = re.compile(r"cld::[a-z_]+::(?!all$)[a-z_]+(::[a-z_]+)*")
"""A feature's whole name; one that is shorter, or of another form, could contain keys."""

Scope = dict[str, Any]
"""The principal, action or resource of a policy, in Cedar's JSON format."""

_QUOTED: Final = re.compile(r'//[^\n\r]*|"(?:\\.|[^"\\])*"|\\"([^"\\]*)\\"', re.DOTALL)
"""A comment, a string, or (the group) a string whose quotes are escaped needlessly."""


def key_right(
    statements: Sequence[str],
    user_id: str,
    group_ids: Iterable[str] = (),
    account: Sequence[str] = (),
) -> KeyRight:
    """Evaluate a user's effective policy statements of one environment, and of the account.

    `group_ids` are the user's groups: a statement about a group applies to its members. Statements
    of the account only take rights away. A permit that does not parse is ignored. Any other
    statement that does not parse leaves no right at all, since it could be the one that forbids.
    """
    read, above = read_statements(statements), read_statements(account)
    if read is None or above is None:
        return KeyRight.NONE
    policies = _UserPolicies(user_id, frozenset(group_ids), read, above)
    if policies.forbid(VIEW, _READING):
        return KeyRight.NONE
    if policies.permit(MANAGE, _EVERYTHING) and not policies.forbid(MANAGE, _EVERYTHING):
        return KeyRight.MANAGE
    return KeyRight.VIEW if policies.permit(VIEW, _READING) else KeyRight.NONE


def read_statements(statements: Sequence[str]) -> list[Policy] | None:
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
    """One user's permits, which Cedar evaluates, and forbids, of which only certain ones pass."""

    def __init__(
        self, user_id: str, group_ids: frozenset[str], read: list[Policy], above: list[Policy]
    ) -> None:
        self._principal = _uid("User", user_id)
        self._names = {USER: frozenset({user_id}), GROUP: group_ids}
        user = {
            "uid": self._principal,
            "attrs": {},
            "parents": [_uid("Group", g) for g in group_ids],
        }
        self._entities = Entities.from_json_str(json.dumps([user]))
        self._permits = [each for each in _only("permit", read) if _understood(each["conditions"])]
        self._forbids = _only("forbid", read + above)

    def permit(self, feature: str, actions: Iterable[str]) -> bool:
        """Whether each of these actions is permitted; a permit that errs permits nothing."""
        permits = _set(self._permits)
        return all(self._evaluate(permits, feature, action).allowed for action in actions)

    def forbid(self, feature: str, actions: frozenset[str]) -> bool:
        """Whether a forbid could concern one of these actions on the feature."""
        return any(
            self._of_user(policy["principal"])
            and _of_feature(policy["resource"], feature)
            and _of_actions(policy["action"], actions)
            and self._holds(policy, feature, actions)
            for policy in self._forbids
        )

    def _of_user(self, scope: Scope) -> bool:
        """Whether a scope could contain the user; false only where it is certain."""
        if scope["op"] == "All":
            return True
        if scope["op"] == "is":
            inside = scope.get("in")
            known = scope["entity_type"] in OTHER_PRINCIPALS | {GROUP}
            return not known and (not inside or self._of_user({"op": "in", **inside}))
        return any(
            kind not in COMPARED["principal"] or id_ in self._names.get(kind, ())
            for kind, id_ in _entities_of(scope)
        )

    def _holds(self, policy: Policy, feature: str, actions: frozenset[str]) -> bool:
        """Whether the conditions could hold; one that is not understood, or errs, holds."""
        if not _understood(policy["conditions"]):
            return True
        anywhere = {name: {"op": "All"} for name in ("principal", "action", "resource")}
        alone = _set([policy | anywhere])
        named = {id_ for kind, id_ in _entities_of(policy["action"]) if kind == ACTION}
        found = (self._evaluate(alone, feature, action).diagnostics for action in actions | named)
        return any(each.reasons or each.errors for each in found)

    def _evaluate(self, policies: PolicySet, feature: str, action: str) -> AuthzResult:
        request = {
            "principal": self._principal,
            "action": _uid("Action", action),
            "resource": _uid("Feature", feature),
        }
        return is_authorized(request, policies, self._entities)


def _of_feature(scope: Scope, feature: str) -> bool:
    """Whether a scope could contain the feature; false only where it is certain."""
    if scope["op"] == "All":
        return True
    if scope["op"] == "is":
        inside = scope.get("in")
        elsewhere = scope["entity_type"] in CONTENT
        return not elsewhere and (not inside or _of_feature({"op": "in", **inside}, feature))
    return any(
        kind not in COMPARED["resource"] or (kind == FEATURE and _could_be(id_, feature))
        for kind, id_ in _entities_of(scope)
    )


def _could_be(id_: str, feature: str) -> bool:
    """Whether a feature's id means this one; an unknown group could contain it."""
    return id_ == feature or not _clear(FEATURE, id_)


def _of_actions(scope: Scope, actions: frozenset[str]) -> bool:
    """Whether a scope names one of these actions, or one that could mean any of them."""
    if scope["op"] == "All":
        return True
    return any(
        kind != ACTION or id_ in actions or not _clear(ACTION, id_)
        for kind, id_ in _entities_of(scope)
    )


def _entities_of(scope: Scope) -> list[tuple[str, str]]:
    """List the entities of a scope by type and id; none where it contains everything."""
    found = scope.get("entities") or [scope["entity"]] if scope["op"] != "All" else []
    return [(each["type"], each["id"]) for each in found]


def _understood(node: Any) -> bool:
    """Whether conditions only compare variables with entities of known types.

    Anything else, such as an attribute or the context, has a value that Keysmith does not know.
    """
    if isinstance(node, list):
        return all(map(_understood, node))
    if "kind" in node:
        return _understood(node["body"])
    ((operator, parts),) = node.items()
    if operator == "Value":
        return isinstance(parts, bool)
    if operator in OPERATORS:
        return all(map(_understood, parts.values()))
    return operator in {"==", "!=", "in"} and _compares(parts["left"], parts["right"])


def _compares(left: Any, right: Any) -> bool:
    known = COMPARED.get(left.get("Var", ""), frozenset())
    values = [each.get("Value") for each in right.get("Set", [right])]
    entities = [each.get("__entity") if isinstance(each, dict) else None for each in values]
    return all(
        each is not None and each["type"] in known and _clear(each["type"], each["id"])
        for each in entities
    )


def _clear(kind: str, id_: str) -> bool:
    """Whether it is certain what a feature or an action means for keys."""
    if kind == ACTION:
        return id_ in _EVERYTHING
    elsewhere = _BELOW_GROUPS.fullmatch(id_) and "key" not in id_.casefold()
    return kind != FEATURE or id_ in {VIEW, MANAGE} or bool(elsewhere)


def _only(effect: str, policies: list[Policy]) -> list[Policy]:
    return [policy for policy in policies if policy["effect"] == effect]


def _set(policies: list[Policy]) -> PolicySet:
    return policy_set({f"{i}": policy for i, policy in enumerate(policies)})


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": f"Cloudinary::{kind}", "id": id_}
