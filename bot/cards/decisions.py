"""Cards about decisions on a request, for the person who decides."""

from typing import Final, assert_never

from bot.cards.confirming import no_match
from bot.cards.delegations import delegation_card
from bot.cards.kit import Button, Card, Line, Text, bold, card, code, line, msg, plural
from bot.cards.people import approvers
from bot.cards.request_states import result_of
from bot.cards.requests import details_button, press, summarized
from bot.domain.outcomes import decisions as outcomes
from bot.domain.outcomes.delegations import Delegated, DelegateInPlace, DelegatesShown
from bot.domain.requests.machine import Event, Request, State
from bot.domain.requests.votes import IneligibleReason

_COUNTED: Final = {
    Event.APPROVE: msg("Approved. Keysmith makes the change now and tells you when it is done."),
    Event.VOTE_AGAINST: msg(
        "Your denial counts. The request stays open until enough people deny it."
    ),
    Event.DENY: msg("Denied. Nothing changed."),
    Event.WITHDRAW: msg("You withdrew your decision."),
    Event.CANCEL: msg("Cancelled. Nothing changed."),
    Event.REVIEW: msg("Reviewed. The security channel is notified."),
}
_VOTES: Final = frozenset({Event.VOTE_FOR, Event.VOTE_AGAINST})
_REASONS: Final = {
    IneligibleReason.OWN_REQUEST: msg("You sent this request, and you can't decide on your own."),
    IneligibleReason.ABOUT_YOU: msg(
        "This request is about you, or about a group that you are in. Another Admin has to decide."
    ),
    IneligibleReason.BEYOND_ACCESS: msg(
        "This gives access to environments that you can't access. An Admin who can has to decide."
    ),
    IneligibleReason.OWN_CREDENTIALS: msg(
        "The credentials are for you, so you can't decide on this request."
    ),
    IneligibleReason.NOT_YOURS: msg(
        "Only the requester can cancel. To stop the request, use Deny."
    ),
    IneligibleReason.NOT_AT_CLOUDINARY: msg("Cloudinary has no user with your email address."),
    IneligibleReason.NO_ACCESS: msg("You have no access to the keys of that environment."),
    IneligibleReason.NOT_AN_APPROVER: msg("This needs approval from {approvers}."),
    IneligibleReason.DELETION: msg(
        "Deleting the old key needs more approvals than this rotation has. Ask another person who"
        " can approve a deletion there to press Delete old key."
    ),
    IneligibleReason.NOT_CONCERNED: msg(
        "Only the requester, the key's owner and people with a key role there can do this."
    ),
    IneligibleReason.PRINCIPAL_VOTED: msg(
        "The person you decide for has already decided. The two of you have one vote."
    ),
    IneligibleReason.STANDS_IN: msg(
        "You or the person you decide for are a delegate of the requester or owner."
        " Another person must approve or review. You can still deny the request."
    ),
}


def decision_card(outcome: outcomes.DecisionOutcome) -> Card:
    """Draw an outcome of deciding on a request."""
    match outcome:
        case outcomes.Voted():
            return _voted(outcome)
        case outcomes.TooLate(request):
            return _too_late(request)
        case outcomes.MayNotDecide():
            return _not_counted(outcome)
        case outcomes.MoreNeeded():
            return _more_needed(outcome)
        case outcomes.Voided(request):
            again = msg(
                "Nothing changed. {name} can send a new request.", name=bold(request.asker.name)
            )
            changed = msg(
                "This request is no longer valid: the rules, people or target changed after it was"
                " sent."
            )
            return card(line(changed), line(again))
        case outcomes.BrownoutEnding(request):
            soon = msg("Keysmith enables the key now. You get a message when it works.")
            return card(line(summarized(request)), line(soon), buttons=[details_button(request)])
        case outcomes.BrownoutReported():
            return _reported(outcome)
        case outcomes.QuestionSent():
            return card(line(msg("Your question is in the thread. The requester gets a message.")))
        case Delegated() | DelegateInPlace() | DelegatesShown():
            return delegation_card(outcome)
        case _:
            assert_never(outcome)


def _reported(outcome: outcomes.BrownoutReported) -> Card:
    request = outcome.request
    said = (
        msg("Recorded: it broke something.") if outcome.broke else msg("Recorded: nothing broke.")
    )
    soon = (
        line(msg("Keysmith enables the key now.")) if outcome.broke and request.enable_at else None
    )
    return card(line(said), line(summarized(request)), soon, buttons=[details_button(request)])


def _voted(outcome: outcomes.Voted) -> Card:
    request = outcome.request
    counted = _COUNTED.get(outcome.event, msg("Done."))
    if outcome.event is Event.VOTE_FOR:
        counted = plural(
            "Your approval counts: {count} of {quorum}.",
            "Your approval counts: {count} of {quorum}.",
            len(request.approving),
            quorum=Text(str(request.approval.quorum)),
        )
    return card(line(counted), *_now(request), buttons=_steps(outcome))


def _now(request: Request) -> tuple[Line, Line]:
    return line(summarized(request)), line(result_of(request))


def _steps(outcome: outcomes.Voted) -> list[Button]:
    request = outcome.request
    withdraw = press(msg("Withdraw decision"), "withdraw", request)
    open_vote = outcome.event in _VOTES and request.state is State.PENDING
    return [*([withdraw] if open_vote else []), details_button(request)]


def _too_late(request: Request) -> Card:
    """A press that changed nothing: tell the request's state, and who decided."""
    first = msg("Nothing changed: this request is already decided.")
    if request.state is State.PENDING:
        first = msg(
            "Nothing changed: your decision was counted before, or you have none to withdraw."
        )
    return card(line(first), *_now(request), buttons=[details_button(request)])


def _not_counted(outcome: outcomes.MayNotDecide) -> Card:
    who = approvers(outcome.request.approval)
    return card(
        line(msg("Your response wasn't counted. Nothing changed.")),
        line(_REASONS[outcome.reason].fill(approvers=who)),
    )


_TYPE: Final = msg("Press Approve…, or type `/cld approve {id} {options}`.")
_TYPE_NAME: Final = msg(
    "Press Approve…, or type `/cld approve {id} {options}` with the name {name}."
)
_SIGN_IN: Final = msg(
    "Press Approve… and sign in with Slack, or type `/cld approve {id} {options}` with the name"
    " {name}."
)


def _more_needed(outcome: outcomes.MoreNeeded) -> Card:
    request, missing = outcome.request, outcome.missing
    how = _TYPE
    if "confirm" in missing:
        how = _SIGN_IN if request.signs_in else _TYPE_NAME
    options = code(" ".join(f"--{name} …" for name in missing))
    named = {"id": code(request.short_id), "name": bold(request.terms.name)}
    return card(
        *no_match(outcome),
        line(msg("Your approval isn't counted yet. This request needs more than a press.")),
        line(how.fill(options=options, **named)),
        buttons=[press(msg("Approve…"), "approve", request, "primary")],
    )
