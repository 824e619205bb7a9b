"""Cards about decisions on a request, for the person who decides."""

from typing import Final, assert_never

from bot.cards.delegations import delegation_card
from bot.cards.kit import Card, Moment, bold, card, code, item, line
from bot.cards.people import approvers, voter
from bot.cards.requests import press, state, what
from bot.domain.outcomes import decisions as outcomes
from bot.domain.outcomes.delegations import Delegated, DelegateInPlace, DelegatesShown
from bot.domain.phrases import Phrase, msg
from bot.domain.requests.machine import Event, Request, State
from bot.domain.requests.votes import IneligibleReason

_COUNTED: Final = {
    Event.APPROVE: "Approved. Keysmith makes the change now and tells you when it is done.",
    Event.VOTE_AGAINST: "Your denial counts. The request stays open until enough people deny it.",
    Event.DENY: "Denied. Nothing changed.",
    Event.WITHDRAW: "You withdrew your decision.",
    Event.CANCEL: "Cancelled. Nothing changed.",
    Event.REVIEW: "Reviewed. The security channel is notified.",
}


def decision_card(outcome: outcomes.DecisionOutcome) -> Card:
    """Draw an outcome of deciding on a request."""
    match outcome:
        case outcomes.Voted():
            return _voted(outcome)
        case outcomes.TooLate(request):
            return _too_late(request)
        case outcomes.MayNotDecide():
            reason = _ineligible_reason(outcome)
            return card(line("Your response wasn't counted. Nothing changed."), line(reason))
        case outcomes.MoreNeeded(request, missing):
            options = " ".join(f"--{name} …" for name in missing)
            typed = code(f"/cld approve {request.short_id} {options}")
            return card(
                line("Your approval isn't counted yet. This request needs more than a press."),
                line(
                    "Press Approve …, or type ", typed, " with the name ", bold(request.terms.name)
                ),
                buttons=[press("Approve …", "approve", request, "primary")],
            )
        case outcomes.Voided(request):
            return card(
                line(
                    "This request is void: the rules, people or target changed after it was sent."
                ),
                line("Nothing changed. ", bold(request.asker.name), " can send a new request."),
            )
        case outcomes.QuestionSent():
            return card(line("Your question is in the thread. The requester gets a message."))
        case Delegated() | DelegateInPlace() | DelegatesShown():
            return delegation_card(outcome)
        case _:
            assert_never(outcome)


def _voted(outcome: outcomes.Voted) -> Card:
    request = outcome.request
    counted = _COUNTED.get(outcome.event, "Done.")
    if outcome.event is Event.VOTE_FOR:
        counted = f"Your approval counts: {len(request.approving)} of {request.approval.quorum}."
    return card(
        line(counted),
        item(
            *("The request of ", bold(request.asker.name), ": "),
            f"{what(request)} It is {state(request)}.",
        ),
    )


def _too_late(request: Request) -> Card:
    """A press that changed nothing: tell the request's state, and who decided."""
    first = line("Nothing changed: this request is ", bold(state(request)), ".")
    if request.state is State.PENDING:
        first = line(
            "Nothing changed: your decision was counted before, or there is none to withdraw."
        )
    return card(
        first,
        *(
            item(*voter(vote), " approved" if vote.approves else " denied", " ", Moment(vote.at))
            for vote in request.current_votes
        ),
    )


def _ineligible_reason(outcome: outcomes.MayNotDecide) -> str | Phrase:
    match outcome.reason:
        case IneligibleReason.OWN_REQUEST:
            return "You sent this request, and you can't decide on your own."
        case IneligibleReason.OWN_CREDENTIALS:
            return "The credentials are for you, so you can't decide on this request."
        case IneligibleReason.NOT_YOURS:
            return "Only the requester can cancel. To stop the request, use Deny."
        case IneligibleReason.NOT_AT_CLOUDINARY:
            return "Cloudinary has no user with your e-mail address."
        case IneligibleReason.NO_ACCESS:
            return "You have no access to keys in that environment at Cloudinary."
        case IneligibleReason.NOT_AN_APPROVER:
            who = approvers(outcome.request.approval)
            return msg("This needs approval from {who}.", who=who)
        case IneligibleReason.PRINCIPAL_VOTED:
            return "The person you decide for has already decided. The two of you have one vote."
        case IneligibleReason.STANDS_IN:
            return (
                "You or the person you decide for are a delegate of the requester or owner."
                " Another person must approve or review. You can still deny the request."
            )
        case _:
            assert_never(outcome.reason)
