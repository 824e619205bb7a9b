"""Reads policy files: parses each rule, validates it by the schema, checks its annotations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, assert_never

from cedarpy import Schema, validate_policies

from bot.adapters.cedar.annotations import decision_of, flag, reach, require
from bot.adapters.cedar.text import Policy, Statement, parse, split
from bot.domain import link_rules, rotation_rules
from bot.domain.people import Role
from bot.domain.policy import Allowed, Decision, NeedsApproval, RefusalReason, Refused
from bot.domain.policy_lint import Permit
from bot.domain.rotation_rules import NO_RULES, RotationRules
from bot.errors import ConfigurationError, why_not

UNUSABLE: Final = (
    "POLICY_FILE: the policy is not usable. Correct these rules (docs/policy.md), or leave the"
    " variable out.\n"
)
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Cards and audit entries show an id without escaping it."""


@dataclass(frozen=True)
class Rule:
    """One policy and its decision where it matches; `place` is file and line."""

    id: str
    place: str
    decision: Decision
    policy: Policy
    text: str
    leak: bool = False
    """Whether Keysmith disables a leaked key at once where the rule lets people do so."""
    rotation: RotationRules = NO_RULES
    """How often keys are rotated, and when, where the rule lets people do so."""
    signs_in: bool = False
    link_ttl: timedelta | None = None
    """How long a link may live at most, where the rule lets people get one."""


def read_rules(files: Iterable[Path], schema: Schema) -> dict[str, Rule]:
    """Read the rules of these files, by id.

    Raises `ConfigurationError`, which names each faulty rule by file and line.
    """
    rules, faults = dict[str, Rule](), list[str]()
    for file in files:
        for statement in split(_text(file)):
            place = f"{file.name}:{statement.line}"
            try:
                rule = _rule(place, statement, schema)
                first = rules.setdefault(rule.id, rule)
                require(first is rule, f'@id("{rule.id}") stands at {first.place} already')
            except ValueError as error:
                faults.append(f"{place}: {error}")
    if faults:
        raise ConfigurationError(UNUSABLE + "\n".join(faults))
    return rules


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"POLICY_FILE: {file} can't be read: {why_not(error)}. Name a policy, or leave it out."
        ) from error


def _rule(place: str, statement: Statement, schema: Schema) -> Rule:
    policy = parse(statement.text)
    checked = validate_policies(statement.text, schema)
    # Cedar numbers the policies of a text; here each text holds one.
    reasons = [error.error.removeprefix("for policy `policy0`") for error in checked.errors]
    require(checked.validation_passed, "; ".join(reason.lstrip(",: ") for reason in reasons))
    notes = {name: value or "" for name, value in policy.get("annotations", {}).items()}
    id_ = notes.get("id", "")
    require(bool(_ID.fullmatch(id_)), 'needs an @id("…") of letters, digits, ".", "_" and "-"')
    leak = flag("leak", "disable", notes)
    beside = "key:disable" in statement.text or not leak
    require(beside, '@leak("disable") needs a rule about Action::"key:disable"')
    decision = decision_of(id_, policy["effect"], notes)
    rotation = rotation_rules.read(notes.get("rotate_every"), notes.get("window"))
    on = "key:rotate" in statement.text or rotation == NO_RULES
    require(on, '@rotate_every and @window need a rule about Action::"key:rotate"')
    signs_in = flag("signin", "required", notes)
    require(not signs_in or '::"claim"' in statement.text, '@signin needs a rule about "claim"')
    link_ttl = link_rules.read(notes.get("link_ttl"))
    links = any(f'::"{action}"' in statement.text for action in link_rules.LEADS_TO_LINKS)
    require(links or link_ttl is None, f"@link_ttl needs a rule about {link_rules.NAMED}")
    read = (statement.text, leak, rotation)
    return Rule(id_, place, decision, policy, *read, signs_in=signs_in, link_ttl=link_ttl)


def disjoint(first: Permit, second: Permit) -> bool:
    """Whether it is certain that no person may approve for both rules, however long they wait."""
    reached = []
    for each in (first.decision, second.decision):
        if not isinstance(each, NeedsApproval):
            return False
        reached += [part.open_to(timedelta.max) for part in each.approval.parts]
    # By Cloudinary's own policies, a person of any role may be among the key roles.
    roles = [frozenset(Role) if "key_roles" in it else reach(sorted(it)) for it in reached]
    return not frozenset.intersection(*roles)


def demand(decision: Decision) -> tuple[int, ...]:
    """Order decisions by what they demand of a person; the highest is the strictest.

    First at once, then at once with a notice to security, then approvals: by their number, then by
    how few roles may approve. Last are refusals, those for the person's identity the strictest.
    """
    match decision:
        case Allowed():
            return (0, decision.notify)
        case NeedsApproval(_, required):
            approvers = min(len(reach(part.approvers)) for part in required.parts)
            return (1, required.quorum, bool(required.special), -approvers)
        case Refused():
            return (2, -list(RefusalReason).index(decision.reason))
        case _:
            assert_never(decision)
