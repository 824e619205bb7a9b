"""Policy cases: questions with the decisions that a policy must return."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import durations
from bot.domain.policy import (
    OPEN_AT_MOST,
    Allowed,
    Approval,
    Decision,
    NeedsApproval,
    Question,
    Reach,
    Refused,
)

AT_ONCE = "at once"
AT_ONCE_TOLD = "at once, security is told"
REFUSED = "refused"


@dataclass(frozen=True)
class Case:
    """One question and the decision that is expected; `line` is its line in the file.

    `expected` is a text of `described`, or `REFUSED` for any refusal; `rule` is the @id of the rule
    that must decide, empty for any.
    """

    line: int
    about: str
    question: Question
    expected: str
    rule: str = ""

    def met_by(self, got: Decision) -> bool:
        """Whether the decision is the expected one, by the expected rule."""
        by = self.rule in {"", got.policy or ""}
        if self.expected == REFUSED:
            return by and isinstance(got, Refused)
        return by and self.expected == described(got)


def described(decision: Decision) -> str:
    """Write a decision as the file of cases does: equal decisions have equal texts."""
    match decision:
        case Allowed(_, notify):
            return AT_ONCE_TOLD if notify else AT_ONCE
        case NeedsApproval(_, approval):
            parts = [f"{name}: {value}" for name, value in _conditions(approval) if value]
            return f"{{{', '.join(parts)}}}"
        case Refused(reason):
            return f"{{{REFUSED}: {reason}}}"


def _conditions(required: Approval) -> Iterable[tuple[str, str]]:
    """Return the annotations of a rule that requires this approval."""
    wider, auto = required.escalation, required.auto
    yield "approvals", str(required.quorum)
    yield "approvers", _names(required.approvers)
    yield "of_which", _names(required.of_which)
    yield "denials", str(required.denials) if required.denials > 1 else ""
    yield "reason", json.dumps(required.reason) if required.reason else ""
    yield "longest", durations.write(required.longest) if required.longest else ""
    yield "comment", "required" if required.comment else ""
    yield "risk", "high" if required.high_risk else ""
    yield "emergency", _names(required.emergency)
    yield "escalate", f'"{durations.write(wider.after)} {_list(wider.to)}"' if wider else ""
    yield "open", "" if required.open_at_most == OPEN_AT_MOST else str(required.open_at_most)
    yield "notify", "" if required.reach is Reach.DIRECT else required.reach
    yield "also", "; ".join(map(repr, required.also))
    yield "security", "told" if required.notify else ""
    yield "auto", f'"{auto.each_week} a week until {auto.until}"' if auto else ""


def _names(names: tuple[str, ...]) -> str:
    return json.dumps(_list(names), ensure_ascii=False) if names else ""


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(sorted(names))
