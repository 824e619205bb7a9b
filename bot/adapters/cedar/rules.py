"""Reads policy files: parses each rule, validates it by the schema, checks its annotations."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, assert_never

from cedarpy import Schema, validate_policies

from bot.adapters.cedar.text import Policy, Statement, parse, split
from bot.domain import durations, rotation_rules
from bot.domain.key_roles import means_master
from bot.domain.people import Role
from bot.domain.policy import (
    GROUPS,
    OPEN_AT_MOST,
    Allowed,
    Approval,
    AutoApproval,
    Decision,
    Escalation,
    NeedsApproval,
    Reach,
    RefusalReason,
    Refused,
)
from bot.domain.policy_lint import Permit
from bot.domain.rotation_rules import NO_RULES, RotationRules
from bot.errors import ConfigurationError, why_not

_OTHERS: Final = "group:<name>, person:<Slack user id>, oncall:<Slack user group id>"
UNUSABLE: Final = (
    "POLICY_FILE: the policy is not usable. Correct these rules (docs/policy.md), or leave the"
    " variable out.\n"
)
MAX_APPROVALS: Final = 5
"""A request expires before more people than this have approved it."""
MOST_OPEN: Final = 100
"""Open requests of one person that a rule can allow; they are counted at each opening."""
_CONDITIONS: Final = frozenset({"approvers", "of_which", "denials", "reason", "longest"}) | {
    *("comment", "risk", "emergency", "escalate", "auto", "open")
}
"""Annotations that need @approvals beside them."""
_KNOWN: Final = {
    "permit": _CONDITIONS
    | {"id", "approvals", "notify", "default_role", "leak", "rotate_every", "window", "signin"},
    "forbid": frozenset({"id", "why"}),
}
_BUDGET: Final = re.compile(r"([1-9][0-9]?) a week until ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_NAMED: Final = re.compile(r"group:.+|person:[UW][A-Z0-9]+|oncall:S[A-Z0-9]+")
"""Approvers other than roles: a Cloudinary group, a Slack user, a Slack user group."""
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Cards and audit entries show an id without escaping it."""
Notes = dict[str, str]


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
                _require(first is rule, f'@id("{rule.id}") stands at {first.place} already')
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
    _require(checked.validation_passed, "; ".join(reason.lstrip(",: ") for reason in reasons))
    notes = {name: value or "" for name, value in policy.get("annotations", {}).items()}
    id_ = notes.get("id", "")
    _require(bool(_ID.fullmatch(id_)), 'needs an @id("…") of letters, digits, ".", "_" and "-"')
    leak = _flag("leak", "disable", notes)
    beside = "key:disable" in statement.text or not leak
    _require(beside, '@leak("disable") needs a rule about Action::"key:disable"')
    decision = decision_of(id_, policy["effect"], notes)
    rotation = rotation_rules.read(notes.get("rotate_every"), notes.get("window"))
    on = "key:rotate" in statement.text or rotation == NO_RULES
    _require(on, '@rotate_every and @window need a rule about Action::"key:rotate"')
    signs_in = _flag("signin", "required", notes)
    _require(not signs_in or '::"claim"' in statement.text, '@signin needs a rule about "claim"')
    return Rule(id_, place, decision, policy, statement.text, leak, rotation, signs_in)


def decision_of(id_: str, effect: str, notes: Notes) -> Decision:
    """Read the decision of a rule from its annotations; raises `ValueError` with the reason."""
    known = _KNOWN[effect]
    for name in sorted(notes.keys() - known):
        names = ", ".join(f"@{name}" for name in sorted(known))
        raise ValueError(f"@{name} means nothing on a {effect}, which may have {names}")
    if effect == "forbid":
        reason = notes.get("why", RefusalReason.FORBIDDEN)
        _require(reason in set(RefusalReason), f"@why needs one of {', '.join(RefusalReason)}")
        return Refused(RefusalReason(reason), id_)
    quorum = _count("approvals", 0, notes)
    if quorum:
        budgets = (id_,) if "auto" in notes else ()
        return NeedsApproval(id_, _approval(quorum, notes), budgets, _default_role(notes))
    needless = f"@{', @'.join(sorted(_CONDITIONS))} want @approvals of at least 1"
    _require(not notes.keys() & _CONDITIONS, needless)
    return Allowed(
        id_, notify=_flag("notify", "security", notes), default_role=_default_role(notes)
    )


def _default_role(notes: Notes) -> str:
    """Read the role of a new key for which a person names none; it needs no approval of its own."""
    given = notes.get("default_role", "").strip()
    _require("default_role" not in notes or bool(given), "@default_role needs a role")
    _require(not means_master(given), "@default_role can't be Master Admin")
    return given


def _approval(quorum: int, notes: Notes) -> Approval:
    approvers, of_which = _names("approvers", notes), _names("of_which", notes)
    _require(bool(approvers), "@approvals needs @approvers: who may agree")
    roles = _members(approvers)
    for name in of_which:
        met = bool(_NAMED.fullmatch(name) or _members([name]) & roles)
        _require(met, f'@of_which("{name}") can never be met: none of them is among @approvers')
    return Approval(
        quorum,
        approvers,
        of_which,
        denials=_count("denials", 1, notes),
        reason=_pattern(notes.get("reason", "")),
        longest=_longest(notes.get("longest")),
        comment=_flag("comment", "required", notes),
        high_risk=_flag("risk", "high", notes),
        emergency=_emergency(notes),
        escalation=_escalation(notes.get("escalate")),
        auto=_auto(notes.get("auto")),
        open_at_most=_count("open", OPEN_AT_MOST, notes, range(1, MOST_OPEN + 1)),
        reach=_reach_of(notes),
    )


def _reach_of(notes: Notes) -> Reach:
    reach = notes.get("notify", Reach.DIRECT)
    known = f"@notify beside @approvals needs one of {', '.join(Reach)}: how approvers hear of it"
    _require(reach in set(Reach), known)
    return Reach(reach)


def _emergency(notes: Notes) -> tuple[str, ...]:
    """Read who may act before any vote: no Slack user group, which many people may edit."""
    names = _names("emergency", notes)
    for name in names:
        _require(
            not name.startswith("oncall:"),
            f"@emergency can't name {name}: no one approves first, and many may edit a Slack user"
            " group. Name roles, Cloudinary groups or people",
        )
    return names


def _escalation(given: str | None) -> Escalation | None:
    if given is None:
        return None
    after, _, who = given.partition(" ")
    span = durations.read(after)
    if span is None:
        raise ValueError('@escalate needs a time and who may decide then: "1h admins"')
    return Escalation(span, _names("escalate", {"escalate": who}))


def _auto(given: str | None) -> AutoApproval | None:
    if given is None:
        return None
    found = _BUDGET.fullmatch(given)
    if found is None:
        raise ValueError('@auto needs a budget and a last day: "3 a week until 2027-01-31"')
    return AutoApproval(int(found[1]), date.fromisoformat(found[2]))


def _count(annotation: str, absent: int, notes: Notes, span: range | None = None) -> int:
    """Read a number, `absent` where the rule has none; without a span, that is the least."""
    span = span or range(absent, MAX_APPROVALS + 1)
    given = notes.get(annotation, str(absent))
    known = map(str, span)  # no `int`: it reads "²" and " 1" too
    _require(given in known, f"@{annotation} needs {span[0]} to {span[-1]}")
    return int(given)


def _pattern(given: str) -> str:
    try:
        re.compile(given)
    except re.error as error:
        raise ValueError(f"@reason needs a regular expression: {error}") from error
    return given


def _longest(given: str | None) -> timedelta | None:
    span = durations.read(given) if given else None
    _require(given is None or span is not None, "@longest needs a time such as 12h or 30d")
    return span


def _flag(annotation: str, value: str, notes: Notes) -> bool:
    """Whether the annotation is present; it has one possible value."""
    _require(notes.get(annotation, value) == value, f'@{annotation} knows only "{value}"')
    return annotation in notes


def _names(annotation: str, notes: Notes) -> tuple[str, ...]:
    """Read a list of roles, groups and people, separated by commas."""
    if annotation not in notes:
        return ()
    names = tuple(name.strip() for name in notes[annotation].split(","))
    known = [*GROUPS, *Role]
    for name in names:
        fine = name in known or bool(_NAMED.fullmatch(name))
        _require(fine, f'@{annotation}: no role "{name}"; known: {", ".join(known)}, {_OTHERS}')
    return names


def _members(names: Sequence[str]) -> frozenset[Role]:
    """The fixed roles that these names of roles and of groups of roles mean."""
    groups = frozenset[Role]().union(*(GROUPS.get(name, ()) for name in names))
    return groups | {role for role in Role if role in names}


def _reach(names: Sequence[str]) -> frozenset[Role]:
    """The fixed roles that people with these names may have: any, for a group or a person."""
    return frozenset(Role) if any(map(_NAMED.fullmatch, names)) else _members(names)


def disjoint(first: Permit, second: Permit) -> bool:
    """Whether it is certain that no person may approve for both rules, however long they wait."""
    reached = []
    for each in (first.decision, second.decision):
        if not isinstance(each, NeedsApproval):
            return False
        reached += [part.open_to(timedelta.max) for part in each.approval.parts]
    # By Cloudinary's own policies, a person of any role may be among the key roles.
    roles = [frozenset(Role) if "key_roles" in it else _reach(sorted(it)) for it in reached]
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
            approvers = min(len(_reach(part.approvers)) for part in required.parts)
            return (1, required.quorum, bool(required.special), -approvers)
        case Refused():
            return (2, -list(RefusalReason).index(decision.reason))
        case _:
            assert_never(decision)


def _require(fine: bool, fault: str) -> None:  # noqa: FBT001 - like `assert`, but never disabled
    if not fine:
        raise ValueError(fault)
