"""Whether a request may be opened at all, and whether anybody has to agree to it."""

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from bot.domain.people import Person
from bot.domain.policy import Action
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Waiver
from bot.domain.requests.votes import holds

WEEK = timedelta(days=7)


class NotAskableReason(StrEnum):
    """Why no request is opened."""

    NOBODY = "nobody"
    TOO_FEW = "too_few"
    REASON = "reason"
    TOO_LONG = "too_long"
    TEAMMATE = "teammate"
    EMERGENCY = "emergency"
    NOT_RENEWABLE = "not_renewable"


def not_askable(person: Person, request: Request, emergency: bool) -> NotAskableReason | None:  # noqa: FBT001  # as it was asked
    """Say why nobody will be asked, or None."""
    terms, approval = request.terms, request.approval
    if approval.reason and not re.search(approval.reason, terms.reason):
        return NotAskableReason.REASON
    if emergency and not terms.reason.strip():
        return NotAskableReason.REASON
    if emergency and not holds(person, terms.environment_id) & frozenset(approval.emergency):
        return NotAskableReason.EMERGENCY
    endless = terms.lasts is None or (approval.longest and terms.lasts > approval.longest)
    if terms.action is Action.KEY_REQUEST and approval.longest and endless:
        return NotAskableReason.TOO_LONG
    return None


def within_budget(request: Request, own: Iterable[Request]) -> bool:
    """Whether the rule approves this one by itself: so many in a week, and not after a date."""
    auto = request.approval.auto
    if auto is None or request.asked_at.date() > auto.until:
        return False
    spent = [
        each
        for each in own
        if each.waived is Waiver.BUDGET
        and each.policy == request.policy
        and request.asked_at - each.asked_at < WEEK
    ]
    return len(spent) < auto.each_week
