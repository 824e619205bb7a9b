"""Reads the annotations of a rule: the decision that they make of it."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from bot.domain import durations
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

_OTHERS: Final = "group:<name>, person:<Slack user id>, oncall:<Slack user group id>"
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
    | {"id", "approvals", "notify", "default_role", "leak", "rotate_every", "window", "signin"}
    | {"link_ttl"},
    "forbid": frozenset({"id", "why"}),
}
_BUDGET: Final = re.compile(r"([1-9][0-9]?) a week until ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_NAMED: Final = re.compile(r"group:.+|person:[UW][A-Z0-9]+|oncall:S[A-Z0-9]+")
"""Approvers other than roles: a Cloudinary group, a Slack user, a Slack user group."""
Notes = dict[str, str]


def decision_of(id_: str, effect: str, notes: Notes) -> Decision:
    """Read the decision of a rule from its annotations; raises `ValueError` with the reason."""
    known = _KNOWN[effect]
    for name in sorted(notes.keys() - known):
        names = ", ".join(f"@{name}" for name in sorted(known))
        raise ValueError(f"@{name} means nothing on a {effect}, which may have {names}")
    if effect == "forbid":
        reason = notes.get("why", RefusalReason.FORBIDDEN)
        require(reason in set(RefusalReason), f"@why needs one of {', '.join(RefusalReason)}")
        return Refused(RefusalReason(reason), id_)
    quorum = _count("approvals", 0, notes)
    if quorum:
        budgets = (id_,) if "auto" in notes else ()
        return NeedsApproval(id_, _approval(quorum, notes), budgets, _default_role(notes))
    needless = f"@{', @'.join(sorted(_CONDITIONS))} want @approvals of at least 1"
    require(not notes.keys() & _CONDITIONS, needless)
    return Allowed(id_, notify=flag("notify", "security", notes), default_role=_default_role(notes))


def _default_role(notes: Notes) -> str:
    """Read the role of a new key for which a person names none; it needs no approval of its own."""
    given = notes.get("default_role", "").strip()
    require("default_role" not in notes or bool(given), "@default_role needs a role")
    require(not means_master(given), "@default_role can't be Master Admin")
    return given


def _approval(quorum: int, notes: Notes) -> Approval:
    approvers, of_which = _names("approvers", notes), _names("of_which", notes)
    require(bool(approvers), "@approvals needs @approvers: who may agree")
    roles = _members(approvers)
    for name in of_which:
        met = bool(_NAMED.fullmatch(name) or _members([name]) & roles)
        require(met, f'@of_which("{name}") can never be met: none of them is among @approvers')
    return Approval(
        quorum,
        approvers,
        of_which,
        denials=_count("denials", 1, notes),
        reason=_pattern(notes.get("reason", "")),
        longest=_longest(notes.get("longest")),
        comment=flag("comment", "required", notes),
        high_risk=flag("risk", "high", notes),
        emergency=_emergency(notes),
        escalation=_escalation(notes.get("escalate")),
        auto=_auto(notes.get("auto")),
        open_at_most=_count("open", OPEN_AT_MOST, notes, range(1, MOST_OPEN + 1)),
        reach=_reach_of(notes),
    )


def _reach_of(notes: Notes) -> Reach:
    reach = notes.get("notify", Reach.DIRECT)
    known = f"@notify beside @approvals needs one of {', '.join(Reach)}: how approvers hear of it"
    require(reach in set(Reach), known)
    return Reach(reach)


def _emergency(notes: Notes) -> tuple[str, ...]:
    """Read who may act before any vote: no Slack user group, which many people may edit."""
    names = _names("emergency", notes)
    for name in names:
        require(
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
    require(given in known, f"@{annotation} needs {span[0]} to {span[-1]}")
    return int(given)


def _pattern(given: str) -> str:
    try:
        re.compile(given)
    except re.error as error:
        raise ValueError(f"@reason needs a regular expression: {error}") from error
    return given


def _longest(given: str | None) -> timedelta | None:
    span = durations.read(given) if given else None
    require(given is None or span is not None, "@longest needs a time such as 12h or 30d")
    return span


def flag(annotation: str, value: str, notes: Notes) -> bool:
    """Whether the annotation is present; it has one possible value."""
    require(notes.get(annotation, value) == value, f'@{annotation} knows only "{value}"')
    return annotation in notes


def _names(annotation: str, notes: Notes) -> tuple[str, ...]:
    """Read a list of roles, groups and people, separated by commas."""
    if annotation not in notes:
        return ()
    names = tuple(name.strip() for name in notes[annotation].split(","))
    known = [*GROUPS, *Role]
    for name in names:
        fine = name in known or bool(_NAMED.fullmatch(name))
        require(fine, f'@{annotation}: no role "{name}"; known: {", ".join(known)}, {_OTHERS}')
    return names


def _members(names: Sequence[str]) -> frozenset[Role]:
    """The fixed roles that these names of roles and of groups of roles mean."""
    groups = frozenset[Role]().union(*(GROUPS.get(name, ()) for name in names))
    return groups | {role for role in Role if role in names}


def reach(names: Sequence[str]) -> frozenset[Role]:
    """The fixed roles that people with these names may have: any, for a group or a person."""
    return frozenset(Role) if any(map(_NAMED.fullmatch, names)) else _members(names)


def require(fine: bool, fault: str) -> None:  # noqa: FBT001 - like `assert`, but never disabled
    """Raise `ValueError` with the fault unless all is fine."""
    if not fine:
        raise ValueError(fault)
