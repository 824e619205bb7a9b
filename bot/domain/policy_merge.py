"""Adds matching rules up: what one of them demands, no other can lower."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Final

from bot.domain.people import Role
from bot.domain.policy import (
    GRAVE,
    GROUPS,
    Action,
    Allowed,
    Approval,
    AutoApproval,
    Decision,
    NeedsApproval,
    Part,
    Reach,
    RefusalReason,
    Refused,
)

Permit = Allowed | NeedsApproval

_ONE: Final = NeedsApproval("built-in", Approval(1, ("admins",)))
_TWO: Final = NeedsApproval("built-in", Approval(2, ("admins",)))
LEAST: Final = {it: _TWO if it is Action.USER_MASTER_ADMIN else _ONE for it in sorted(GRAVE)}
"""What an admin needs at least for each action in GRAVE, by any policy."""


def merge(permits: Sequence[Permit], policy: str) -> Permit:
    """Merge the permits that match, at least one; `policy` is the rule that the answer names.

    Every condition of each holds. What happens at once demands nothing but the notice to security.
    """
    roles = {it.default_role for it in permits} - {""}
    role = roles.pop() if len(roles) == 1 else ""  # of several, the person chooses
    told = any(it.notify for it in permits if isinstance(it, Allowed))
    demanding = [it for it in permits if isinstance(it, NeedsApproval)]
    if not demanding:
        return Allowed(policy, notify=told, default_role=role)
    budgets = sorted(set(chain.from_iterable(it.budgets for it in demanding)))
    approval = _approval([it.approval for it in demanding])
    approval = replace(approval, notify=told or approval.notify)
    return NeedsApproval(policy, approval, tuple(budgets), role)


def at_least(action: Action, role: Role | None, decision: Decision) -> Decision:
    """Raise a decision to what the action demands by any policy: no rule can lower it."""
    if action not in GRAVE or isinstance(decision, Refused):
        return decision
    if role not in GROUPS["admins"]:
        return Refused(RefusalReason.ROLE)
    least = LEAST[action]
    if isinstance(decision, NeedsApproval):  # how people hear is left to the rules
        least = replace(least, approval=replace(least.approval, reach=decision.approval.reach))
    return merge([decision, least], decision.policy)


def _approval(all_: Sequence[Approval]) -> Approval:
    if len(set(all_)) == 1:
        return all_[0]
    parts = _fewest(sorted(set(chain.from_iterable(map(_sorted, all_))), key=repr))
    first = parts[0]
    return Approval(
        quorum=max(it.quorum for it in all_),
        approvers=first.approvers,
        of_which=first.of_which,
        denials=min(it.denials for it in all_),
        reason=first.reason,
        longest=min((it.longest for it in all_ if it.longest), default=None),
        comment=any(it.comment for it in all_),
        high_risk=any(it.high_risk for it in all_),
        emergency=first.emergency,
        escalation=first.escalation,
        auto=_auto([it.auto for it in all_]),
        also=tuple(parts[1:]),
        notify=any(it.notify for it in all_),
        open_at_most=min(it.open_at_most for it in all_),
        reach=max((it.reach for it in all_), key=list(Reach).index),
    )


def _sorted(approval: Approval) -> Iterable[Part]:
    """The parts of one approval; the order of names in an annotation means nothing."""
    for part in approval.parts:
        wider = part.escalation
        yield Part(
            _names(part.approvers),
            _names(part.of_which),
            part.reason,
            _names(part.emergency),
            wider and replace(wider, to=_names(wider.to)),
        )


def _fewest(parts: list[Part]) -> list[Part]:
    """Drop the parts that others imply; an emergency needs every rule, so one without ends it."""
    if not all(part.emergency for part in parts):
        parts = list(dict.fromkeys(replace(part, emergency=()) for part in parts))
    kept = list(parts)
    for part in parts:
        if any(_implies(other, part) for other in kept if other != part):
            kept.remove(part)
    return kept


def _implies(one: Part, other: Part) -> bool:
    """Whether everyone who may approve by one part meets the other, too."""
    approvers = one.open_to(timedelta.max)
    return (
        other.reason in {"", one.reason}
        and _means(approvers, other.approvers)
        and (not other.of_which or _means(approvers, other.of_which))
        and _means(one.emergency, other.emergency)
    )


def _means(names: Iterable[str], others: Iterable[str]) -> bool:
    """Whether everyone with one of the names certainly has one of the others."""
    roles = frozenset[Role]().union(*map(_roles, others))
    # By Cloudinary's own policies, the key roles may have any fixed role, or none.
    certain = (name for name in names if name not in others)
    return all(name != "key_roles" and _roles(name) and _roles(name) <= roles for name in certain)


def _roles(name: str) -> frozenset[Role]:
    """The fixed roles that a name stands for."""
    return GROUPS.get(name) or frozenset({Role(name)} if name in set(Role) else ())


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _auto(budgets: Sequence[AutoApproval | None]) -> AutoApproval | None:
    """The smaller budget; none unless each rule has one."""
    known = [it for it in budgets if it]
    if len(known) < len(budgets):
        return None
    return AutoApproval(min(it.each_week for it in known), min(it.until for it in known))
