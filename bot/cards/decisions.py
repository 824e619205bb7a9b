"""Cards about decisions on a request, for the person who decides."""

from typing import Final, assert_never

from bot.cards.kit import Card, Mention, Moment, bold, card, code, item, line
from bot.cards.people import approvers, voter
from bot.cards.requests import press, state, what
from bot.domain.outcomes import decisions as outcomes
from bot.domain.requests.machine import Event, Request, State
from bot.domain.requests.votes import IneligibleReason

_COUNTED: Final = {
    Event.APPROVE: "Approved. Keysmith does it now, and says so when it is done.",
    Event.VOTE_AGAINST: "Counted: you object.",
    Event.DENY: "Denied. Nothing was done.",
    Event.WITHDRAW: "You withdrew your vote.",
    Event.CANCEL: "Cancelled. Nothing was done.",
    Event.REVIEW: "Reviewed. The security channel is told.",
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
            return card(line("Not counted. ", reason), line("The request stays as it was."))
        case outcomes.MoreNeeded(request, missing):
            options = " ".join(f"--{name} …" for name in missing)
            typed, name = code(f"/cld approve {request.id} {options}"), bold(request.terms.name)
            return card(
                line("This approval needs more than a press. Your response wasn't counted yet."),
                line("Press Approve …, or type ", typed, " with the name ", name),
                buttons=[press("Approve …", "approve", request, "primary")],
            )
        case outcomes.Voided(request):
            return card(
                line("Void: the rules, the people or the target changed since this was asked."),
                line("Nothing was done. ", bold(request.asker.name), " can ask again."),
            )
        case outcomes.QuestionSent():
            return card(line("Your question is in the thread, and the requester was told of it."))
        case outcomes.Delegated():
            return _delegated(outcome)
        case _:
            assert_never(outcome)


def _voted(outcome: outcomes.Voted) -> Card:
    request = outcome.request
    counted = _COUNTED.get(outcome.event, "Done.")
    if outcome.event is Event.VOTE_FOR:
        counted = f"Counted: {len(request.approving)} of {request.approval.quorum} agree."
    return card(
        line(counted),
        item(
            *("The request of ", bold(request.asker.name), ": "),
            f"{what(request)} It is {state(request)}.",
        ),
    )


def _too_late(request: Request) -> Card:
    """A press that changed nothing: tell the request's state, and who decided."""
    first = line("Nothing was changed: this request is ", bold(state(request)), ".")
    if request.state is State.PENDING:
        first = line("That was counted before, or there is no vote to withdraw.")
    return card(
        first,
        *(
            item(*voter(vote), " approved" if vote.approves else " denied", " ", Moment(vote.at))
            for vote in request.current_votes
        ),
    )


def _ineligible_reason(outcome: outcomes.MayNotDecide) -> str:
    match outcome.reason:
        case IneligibleReason.OWN_REQUEST:
            return "You asked for it yourself, and no one decides on their own request."
        case IneligibleReason.OWN_CREDENTIALS:
            return "The credentials are for you, and no one decides on their own."
        case IneligibleReason.NOT_YOURS:
            return "Only who asked can take a request back. To object: Deny."
        case IneligibleReason.NOT_AT_CLOUDINARY:
            return "Cloudinary has no user with your e-mail address."
        case IneligibleReason.NO_ACCESS:
            return "Cloudinary gives you no access to keys there."
        case IneligibleReason.NOT_AN_APPROVER:
            return f"The policy needs approval by {approvers(outcome.request.approval)}."
        case IneligibleReason.PRINCIPAL_VOTED:
            return "The person whose delegate you are has voted; the two of you have one vote."
        case IneligibleReason.STANDS_IN:
            return (
                "You, or the person you decide for, are a delegate of who asked or of whom it is"
                " for. Another person approves or reviews it. If you are against it, deny it while"
                " it is open."
            )
        case _:
            assert_never(outcome.reason)


def _delegated(outcome: outcomes.Delegated) -> Card:
    if outcome.to is None or outcome.until is None:
        return card(line("No one decides in your place any more."))
    return card(
        line(Mention(outcome.to.user_id), " decides in your place."),
        item("Until ", Moment(outcome.until, exact=True)),
        item("On what you could decide on yourself, never on a request of yours or theirs"),
        line("To end it: ", code("/cld delegate")),
    )
