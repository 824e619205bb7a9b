"""Whether a request may be opened, and whether a rule approves it by itself."""

from datetime import timedelta
from enum import StrEnum

from bot.domain.people import Person
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import holds, may_act_in

WEEK = timedelta(days=7)


class NotAskableReason(StrEnum):
    """Why no request is opened."""

    NO_APPROVER = "nobody"
    TOO_FEW = "too_few"
    REASON = "reason"
    TOO_LONG = "too_long"
    TEAMMATE = "teammate"
    EMERGENCY = "emergency"
    NOT_RENEWABLE = "not_renewable"
    OWN_LINK = "own_link"
    NO_USER = "no_user"
    LINKED = "linked"
    TOO_MANY = "too_many"
    NO_ACCESS = "no_access"
    OWNER = "owner"
    DELEGATE = "delegate"
    NO_VOTE = "no_vote"
    TOO_OFTEN = "too_often"
    DELEGATE_TAKEN = "delegate_taken"
    DELEGATE_SELF = "delegate_self"
    DELEGATE_BOT = "delegate_bot"
    DELEGATE_GUEST = "delegate_guest"
    DELEGATE_OUTSIDE = "delegate_outside"
    DELEGATE_LEFT = "delegate_left"
    DELEGATE_NO_USER = "delegate_no_user"


def not_askable(person: Person, request: Request, emergency: bool) -> NotAskableReason | None:  # noqa: FBT001  # as it was typed
    """Return why the request can't be opened, if it can't."""
    terms, approval = request.terms, request.approval
    silent = emergency and not terms.reason.strip()
    if silent or not approval.accepts(terms.reason):
        return NotAskableReason.REASON
    if emergency and not approval.emergency_for(holds(person, terms.environment_id)):
        return NotAskableReason.EMERGENCY
    if emergency and not may_act_in(person, terms.environment_id):
        return NotAskableReason.NO_ACCESS
    endless = terms.lasts is None or (approval.longest and terms.lasts > approval.longest)
    if terms.is_request and approval.longest and endless:
        return NotAskableReason.TOO_LONG
    return None


def may_spend(request: Request) -> bool:
    """Whether the policy may approve this request by itself, if its budget is not spent."""
    auto = request.approval.auto
    return auto is not None and request.asked_at.date() <= auto.until
