"""Cards about decisions on a request, for the person who decides."""

from typing import assert_never

from bot.cards.kit import Card, Mention, Moment, bold, card, code, item, line
from bot.cards.people import GROUPS as NAMES
from bot.cards.requests import state, what
from bot.domain.outcomes.decisions import (
    DecisionOutcome,
    Delegated,
    MayNotDecide,
    MoreNeeded,
    QuestionSent,
    TooLate,
    Voided,
    Voted,
)
from bot.domain.requests.machine import Event, Request, State
from bot.domain.requests.votes import IneligibleReason


def decision_card(outcome: DecisionOutcome) -> Card:
    """Draw what came of a decision."""
    match outcome:
        case Voted():
            return voted(outcome)
        case TooLate(request):
            return too_late(request)
        case MayNotDecide():
            return may_not(outcome)
        case MoreNeeded():
            return more_needed(outcome)
        case Voided(request):
            return voided(request)
        case QuestionSent():
            return card(line("Your question is in the thread, and the requester was told of it."))
        case Delegated():
            return delegated(outcome)
        case _:
            assert_never(outcome)


def voted(outcome: Voted) -> Card:
    """The vote was counted."""
    request = outcome.request
    return card(
        line(_counted(outcome)),
        item(
            "The request of ",
            bold(request.asker.name),
            ": ",
            f"{what(request)} It is {state(request)}.",
        ),
    )


def _counted(outcome: Voted) -> str:
    wants = outcome.request.approval.quorum
    match outcome.event:
        case Event.VOTE_FOR:
            return f"Counted: {len(outcome.request.approving)} of {wants} agree."
        case Event.APPROVE:
            return "Approved. Keysmith does it now, and says so when it is done."
        case Event.VOTE_AGAINST:
            return "Counted: you object."
        case Event.DENY:
            return "Denied. Nothing was done."
        case Event.WITHDRAW:
            return "You took your word back."
        case Event.CANCEL:
            return "Taken back. Nothing was done."
        case Event.REVIEW:
            return "Reviewed. The security channel is told."
        case _:
            return "Done."


def too_late(request: Request) -> Card:
    """A press that changed nothing: how it stands, and who decided."""
    said = [
        item(bold(vote.name), " agreed" if vote.approves else " objected", " ", Moment(vote.at))
        for vote in request.current_votes
    ]
    if request.state is State.PENDING:
        return card(line("That was counted before, or there is nothing to take back."), *said)
    return card(line("Nothing was changed: this request is ", bold(state(request)), "."), *said)


def may_not(outcome: MayNotDecide) -> Card:
    """The vote does not count here."""
    match outcome.reason:
        case IneligibleReason.OWN_REQUEST:
            reason = "You asked for it yourself, and nobody decides on their own request."
        case IneligibleReason.OWN_CREDENTIALS:
            reason = "The credentials are for you, and nobody decides on their own."
        case IneligibleReason.NOT_YOURS:
            reason = "Only who asked can take a request back. To object: Deny."
        case IneligibleReason.NOT_AT_CLOUDINARY:
            reason = "Cloudinary has no user with your e-mail address."
        case IneligibleReason.NO_ACCESS:
            reason = "Cloudinary gives you no access to keys there."
        case IneligibleReason.NOT_AN_APPROVER:
            who = " or ".join(NAMES.get(it, it) for it in outcome.request.approval.approvers)
            reason = f"The policy wants the word of {who}."
        case _:
            assert_never(outcome.reason)
    return card(line("Not counted. ", reason), line("The request stays as it was."))


def more_needed(outcome: MoreNeeded) -> Card:
    """More than a press is wanted, where no form could be opened."""
    request = outcome.request
    options = " ".join(f"--{name} …" for name in outcome.missing)
    return card(
        line("Not counted so far: approving this wants more than a press."),
        line("Type ", code(f"/cld approve {request.id} {options}")),
        item("confirm is the name of the key: ", bold(request.terms.name)),
    )


def voided(request: Request) -> Card:
    """The policy, the people or the target changed."""
    return card(
        line("Void: the rules, the people or the target changed since this was asked."),
        line("Nothing was done. ", bold(request.asker.name), " can ask again."),
    )


def delegated(outcome: Delegated) -> Card:
    """A colleague decides in the asker's place."""
    if outcome.to is None or outcome.until is None:
        return card(line("Nobody decides in your place any more."))
    return card(
        line(Mention(outcome.to.user_id), " decides in your place."),
        item("Until ", Moment(outcome.until, exact=True)),
        item("On what you could decide on yourself, never on a request of yours or theirs"),
        line("To end it: ", code("/cld delegate")),
    )
