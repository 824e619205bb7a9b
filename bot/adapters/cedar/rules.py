"""Reads policy files: parses every rule, holds it against the schema, checks its annotations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, assert_never

from cedarpy import Schema, validate_policies

from bot.adapters.cedar.text import Policy, Statement, parse, split
from bot.domain import durations
from bot.domain.people import Role
from bot.domain.policy import (
    GROUPS,
    Allowed,
    Approval,
    AutoApproval,
    Decision,
    Escalation,
    NeedsApproval,
    RefusalReason,
    Refused,
)
from bot.errors import ConfigurationError

_OTHERS: Final = "group:<name>, person:<Slack user id>, oncall:<Slack user group id>"
MAX_APPROVALS: Final = 5
"""More approvers than this are never found before a request expires."""

_CONDITIONS: Final = frozenset(
    {
        *("approvers", "of_which", "denials", "reason", "longest", "comment", "risk"),
        *("emergency", "escalate", "auto"),
    }
)
"""Annotations that mean something beside @approvals alone."""
_KNOWN: Final = {
    "permit": frozenset({"id", "approvals", "notify"}) | _CONDITIONS,
    "forbid": frozenset({"id", "why"}),
}
_BUDGET: Final = re.compile(r"([1-9][0-9]?) a week until ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_NAMED: Final = re.compile(r"group:.+|person:[UW][A-Z0-9]+|oncall:S[A-Z0-9]+")
"""Approvers that are no roles: a Cloudinary group, a Slack user, a Slack user group."""
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What cards and audit entries can show as it stands."""

Notes = dict[str, str]


@dataclass(frozen=True)
class Rule:
    """One policy, and what it decides where it matches."""

    id: str
    place: str
    """File and line."""
    decision: Decision
    policy: Policy
    text: str


def read_rules(files: Iterable[Path], schema: Schema) -> dict[str, Rule]:
    """Read every rule of these files, by its id.

    Raises:
        ConfigurationError: names each faulty rule by file and line, with the reason.

    """
    rules: dict[str, Rule] = {}
    faults = []
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
        raise ConfigurationError("The policy is not usable.\n" + "\n".join(faults))
    return rules


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"POLICY_FILE: cannot read {file}: {error}") from error


def _rule(place: str, statement: Statement, schema: Schema) -> Rule:
    policy = parse(statement.text)
    checked = validate_policies(statement.text, schema)
    # Cedar numbers the policies of a text; here each text holds one.
    reasons = [error.error.removeprefix("for policy `policy0`") for error in checked.errors]
    _require(checked.validation_passed, "; ".join(reason.lstrip(",: ") for reason in reasons))
    notes = {name: value or "" for name, value in policy.get("annotations", {}).items()}
    id_ = notes.get("id", "")
    _require(bool(_ID.fullmatch(id_)), 'needs an @id("…") of letters, digits, ".", "_" and "-"')
    return Rule(id_, place, decision_of(id_, policy["effect"], notes), policy, statement.text)


def decision_of(id_: str, effect: str, notes: Notes) -> Decision:
    """Read what a rule with these annotations decides; raises `ValueError`, which says why."""
    known = _KNOWN[effect]
    for name in sorted(notes.keys() - known):
        names = ", ".join(f"@{name}" for name in sorted(known))
        raise ValueError(f"@{name} means nothing on a {effect}, which may have {names}")
    if effect == "forbid":
        reason = notes.get("why", RefusalReason.FORBIDDEN)
        _require(reason in set(RefusalReason), f"@why wants one of {', '.join(RefusalReason)}")
        return Refused(RefusalReason(reason), id_)
    return _permission(id_, notes)


def _permission(id_: str, notes: Notes) -> Decision:
    count = notes.get("approvals", "0")
    _require(count in map(str, range(MAX_APPROVALS + 1)), f"@approvals wants 0 to {MAX_APPROVALS}")
    _require(notes.get("notify", "security") == "security", '@notify knows only "security"')
    quorum = int(count)
    if quorum == 0:
        _require(
            not notes.keys() & _CONDITIONS,
            f"@{', @'.join(sorted(_CONDITIONS))} want @approvals of at least 1",
        )
        return Allowed(id_, notify="notify" in notes)
    _require("notify" not in notes, "@notify is for what happens at once, without @approvals")
    return NeedsApproval(id_, _approval(quorum, notes))


def _approval(quorum: int, notes: Notes) -> Approval:
    approvers = _roles("approvers", notes)
    _require(bool(approvers), "@approvals wants @approvers: who may agree")
    of_which = _roles("of_which", notes)
    for name in of_which:
        _require(
            bool(_NAMED.fullmatch(name))
            or bool(members_of(name) & frozenset().union(*map(members_of, approvers))),
            f'@of_which("{name}") can never be met: none of them is among @approvers',
        )
    return Approval(
        quorum,
        approvers,
        of_which,
        denials=_count("denials", notes.get("denials", "1")),
        reason=_pattern(notes.get("reason", "")),
        longest=_longest(notes),
        comment=_word("comment", "required", notes),
        high_risk=_word("risk", "high", notes),
        emergency=_emergency(notes),
        escalation=_escalation(notes),
        auto=_auto(notes),
    )


def _emergency(notes: Notes) -> tuple[str, ...]:
    """Who acts before anybody has agreed: not a list that people at Slack may put themselves on."""
    names = _roles("emergency", notes)
    for name in names:
        _require(
            not name.startswith("oncall:"),
            f"@emergency can't name {name}: nobody agrees first, and many may edit a Slack user"
            " group. Name roles, Cloudinary groups or people",
        )
    return names


def _escalation(notes: Notes) -> Escalation | None:
    given = notes.get("escalate")
    if given is None:
        return None
    after, _, who = given.partition(" ")
    span = durations.read(after)
    if span is None:
        raise ValueError('@escalate wants a time and who may decide then: "1h admins"')
    return Escalation(span, _roles("escalate", {"escalate": who}))


def _auto(notes: Notes) -> AutoApproval | None:
    given = notes.get("auto")
    if given is None:
        return None
    found = _BUDGET.fullmatch(given)
    if found is None:
        raise ValueError('@auto wants a budget and a last day: "3 a week until 2027-01-31"')
    return AutoApproval(int(found[1]), date.fromisoformat(found[2]))


def _count(annotation: str, given: str) -> int:
    fine = given in map(str, range(1, MAX_APPROVALS + 1))
    _require(fine, f"@{annotation} wants 1 to {MAX_APPROVALS}")
    return int(given)


def _pattern(given: str) -> str:
    try:
        re.compile(given)
    except re.error as error:
        raise ValueError(f"@reason wants a regular expression: {error}") from error
    return given


def _longest(notes: Notes) -> timedelta | None:
    given = notes.get("longest")
    span = durations.read(given) if given else None
    _require(given is None or span is not None, "@longest wants a time such as 12h or 30d")
    return span


def _word(annotation: str, known: str, notes: Notes) -> bool:
    _require(notes.get(annotation, known) == known, f'@{annotation} knows only "{known}"')
    return annotation in notes


def _roles(annotation: str, notes: Notes) -> tuple[str, ...]:
    if annotation not in notes:
        return ()
    names = tuple(name.strip() for name in notes[annotation].split(","))
    known = [*GROUPS, *Role]
    for name in names:
        fine = name in known or bool(_NAMED.fullmatch(name))
        _require(fine, f'@{annotation}: no role "{name}"; known: {", ".join(known)}, {_OTHERS}')
    return names


def members_of(name: str) -> frozenset[Role]:
    """The fixed roles that a role's or group's name stands for."""
    if name in GROUPS:
        return GROUPS[name]
    return frozenset({Role(name)}) if name in set(Role) else frozenset()


def demand(decision: Decision) -> tuple[int, ...]:
    """How much a decision demands: the higher, the harder to get.

    At once, then at once and told to security, then by the number of approvals, then by how few
    the approvers are; a refusal is the hardest, and those of who one is stand before the others.
    """
    match decision:
        case Allowed():
            return (0, decision.notify)
        case NeedsApproval(_, required):
            approvers = frozenset().union(*map(members_of, required.approvers))
            return (1, required.quorum, bool(required.of_which), -len(approvers))
        case Refused():
            return (2, -list(RefusalReason).index(decision.reason))
        case _:
            assert_never(decision)


def _require(fine: bool, fault: str) -> None:  # noqa: FBT001 - an assertion that is always on
    if not fine:
        raise ValueError(fault)
