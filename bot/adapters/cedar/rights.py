"""What Cloudinary's own effective policies let a user do with the keys of an environment.

The statements are the Cedar texts that the Permissions API answers with. Its published schema
spells entity types `Cloudinary::User`, its examples `Cloudinary::user`; types are compared without
regard to case, so that no forbid is missed for its spelling.

Which actions the features of keys know is not published. So a right needs a permit for every
action that it could mean, and a forbid for any action that could touch it takes it away.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from cedarpy import AuthzResult, Entities, PolicySet, is_authorized

from bot.adapters.cedar.text import Policy, Statement, parse, policy_set, split
from bot.domain.people import KeyRight

VIEW: Final = "cld::global::api_keys::view"
MANAGE: Final = "cld::global::api_keys::manage"

_READING: Final = frozenset({"read"})
_EVERYTHING: Final = frozenset({"create", "read", "update", "delete"})

_QUOTED: Final = re.compile(r'//[^\n\r]*|"(?:\\.|[^"\\])*"|\\"([^"\\]*)\\"', re.DOTALL)
"""A comment, a string, or (the group) a string whose quotes are escaped for no reason."""
_ACTION: Final = re.compile(r'Action::"([^"\\]+)"')


def key_right(statements: Sequence[str], user_id: str, group_ids: Iterable[str] = ()) -> KeyRight:
    """Evaluate a user's effective policy statements of one environment.

    `group_ids` are the user's groups: what is said of a group is said of its members. A permit
    that does not parse is passed over; a statement that does not parse and is not surely a permit
    leaves no right at all, since it could be the one that forbids.
    """
    read = _read(statements)
    if read is None:
        return KeyRight.NONE
    book = _Book.of(read, user_id, group_ids)
    if book.forbids(VIEW, _READING):
        return KeyRight.NONE
    if book.permits(MANAGE, _EVERYTHING) and not book.forbids(MANAGE, _EVERYTHING):
        return KeyRight.MANAGE
    return KeyRight.VIEW if book.permits(VIEW, _READING) else KeyRight.NONE


def _read(statements: Sequence[str]) -> list[Policy] | None:
    policies = []
    for text in statements:
        for statement in split(_unescaped(text)):
            try:
                policies.append(_normal(parse(statement.text)))
            except ValueError:
                if not _surely_permit(statement):
                    return None
    return policies


def _unescaped(text: str) -> str:
    return _QUOTED.sub(lambda found: found[0] if found[1] is None else f'"{found[1]}"', text)


def _surely_permit(statement: Statement) -> bool:
    text = statement.text.casefold()
    return text.startswith("permit") and "forbid" not in text


def _normal(policy: Policy) -> Policy:
    """Spell every entity type alike, and read `principal == group` as its members."""
    policy = dict(_titled(policy))
    scope = policy["principal"]
    if scope["op"] == "==" and scope["entity"]["type"] == "Cloudinary::Group":
        policy["principal"] = scope | {"op": "in"}
    return policy


def _titled(node: Any) -> Any:
    if isinstance(node, list):
        return [_titled(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: part.title()
        if key in {"type", "entity_type"} and isinstance(part, str)
        else _titled(part)
        for key, part in node.items()
    }


@dataclass(frozen=True)
class _Book:
    """One user's policies, ready to be asked."""

    user_id: str
    entities: Entities
    permitting: PolicySet
    forbidding: PolicySet
    unusual: frozenset[str]
    """Other actions that a forbid names: they could touch keys in a way not known here."""

    @classmethod
    def of(cls, policies: list[Policy], user_id: str, group_ids: Iterable[str]) -> Self:
        user = {
            "uid": _uid("User", user_id),
            "attrs": {},
            "parents": [_uid("Group", id_) for id_ in group_ids],
        }
        forbidding = _only("forbid", policies)
        return cls(
            user_id,
            Entities.from_json_str(json.dumps([user])),
            _only("permit", policies),
            forbidding,
            frozenset(_ACTION.findall(str(forbidding))) - _EVERYTHING,
        )

    def permits(self, feature: str, actions: Iterable[str]) -> bool:
        """Whether each of these actions is permitted; a permit that errs permits nothing."""
        return all(self._ask(self.permitting, feature, action).allowed for action in actions)

    def forbids(self, feature: str, actions: frozenset[str]) -> bool:
        """Whether any of these actions, or an unusual one, is forbidden; one that errs forbids."""
        answers = (self._ask(self.forbidding, feature, act) for act in actions | self.unusual)
        return any(answer.diagnostics.reasons or answer.diagnostics.errors for answer in answers)

    def _ask(self, policies: PolicySet, feature: str, action: str) -> AuthzResult:
        request = {
            "principal": _uid("User", self.user_id),
            "action": _uid("Action", action),
            "resource": _uid("Feature", feature),
        }
        return is_authorized(request, policies, self.entities)


def _only(effect: str, policies: list[Policy]) -> PolicySet:
    chosen = (policy for policy in policies if policy["effect"] == effect)
    return PolicySet.from_json_str(policy_set({f"{i}": policy for i, policy in enumerate(chosen)}))


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": f"Cloudinary::{kind}", "id": id_}
