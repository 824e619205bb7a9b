"""The answer to a new request: it waits for approvers, or is carried out without them.

The answer is drawn from the request as it is stored when the answer is sent.
"""

from typing import assert_never

from bot.cards.deletions import deletes, restore, restoring
from bot.cards.faults import request_failed
from bot.cards.kit import Card, Line, Mention, Moment, Span, bold, card, code, item, line
from bot.cards.not_askable import not_asked
from bot.cards.people import approval
from bot.cards.requests import about, named, place_of, press, state, what
from bot.domain.outcomes.requests import NotAskable, Renewed, Requested, RequestOutcome
from bot.domain.policy import Action
from bot.domain.requests.deletions import is_restore
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Waiver

_HANDED_OVER = frozenset({Action.KEY_REQUEST, Action.KEY_CREATE})
"""Actions whose result are credentials, or access to them."""


def request_card(outcome: RequestOutcome) -> Card:
    """Draw an outcome of opening or renewing a request."""
    match outcome:
        case Requested():
            return _requested(outcome)
        case Renewed(request):
            return card(line("Renewed: access to ", bold(request.terms.name), " lasts longer."))
        case NotAskable():
            return card(not_asked(outcome))
        case _:
            assert_never(outcome)


def _requested(outcome: Requested) -> Card:
    """Tell the requester what became of their request."""
    request = outcome.request
    if not request.waived:
        return _waits(request)
    collect = press(f"Collect {named(request)}", "claim", request, "primary")
    buttons = [collect] if _collectable(request) else []
    if outcome.offers and request.delete_at:
        buttons = [restore(request)]
    return card(_result(request), _authority(request), _next(request), buttons=buttons)


def _waits(request: Request) -> Card:
    cancel = code(f"/cld cancel {request.short_id}")
    return card(
        line(bold("Request sent."), " It needs approval before anything changes."),
        *about(request)[2:],  # the requester knows who they are
        item(f"It needs {approval(request.approval)}. It expires ", Moment(request.expires_at)),
        line("You get a message when it is decided. To cancel: ", cancel),
    )


def _result(request: Request) -> Line:
    """Say what happened, or what is happening."""
    name: tuple[Span, ...] = (bold(request.terms.name), place_of(request))
    match request.state:
        case State.CLAIMABLE:
            return line(*name, " is created (disabled until collected).")
        case State.DONE if request.delete_at:
            return line(*name, " is disabled. ", *deletes(request, "Deletes on "), ".")
        case State.DONE if is_restore(request.terms):
            return line(*name, " is restored.")
        case State.DONE if request.terms.action is Action.KEY_ENABLE:
            return line(*name, " is now ", bold("enabled"), ".")
        case State.FAILED:
            return line(*name, ": ", request_failed(request.outcome))
        case State.PENDING | State.APPROVED | State.EXECUTING if _creates(request):
            return line(*name, " is being created. This takes a few seconds.")
        case State.PENDING | State.APPROVED | State.EXECUTING:
            return line(*name, f": being done now: {what(request)}")
        case _:
            return line(*name, f": {state(request)}. You requested: {what(request)}")


def _authority(request: Request) -> Line:
    """Say why no approval came first, and who knows."""
    if request.waived is Waiver.EMERGENCY:
        told = " The security channel is notified, and another person reviews it."
        return line(bold("Emergency access:"), " no approval was needed.", told)
    return line("No approval was needed, by policy ", code(request.policy), ".")


def _next(request: Request) -> Line | None:
    """Say what the requester can do next."""
    owner = request.terms.owner
    if request.delete_at:
        return line("Until then, you can restore it: ", restoring(request))
    if request.state is State.FAILED:
        return line("To see the request: ", code(f"/cld requests {request.short_id}"))
    if _creates(request) and owner != request.terms.requester:
        return line(Mention(owner.user_id), " collects the credentials, and gets a message.")
    if request.state is State.CLAIMABLE:
        return line("Press Collect to get a one-time link to the credentials.")
    if _collectable(request):
        return line("Then press Collect. You also get a message.")
    return None


def _creates(request: Request) -> bool:
    return request.terms.action in _HANDED_OVER and not request.terms.command.startswith("renew ")


def _collectable(request: Request) -> bool:
    """Whether the requester may collect now, or in a moment."""
    begins = request.state in {State.APPROVED, State.EXECUTING, State.CLAIMABLE}
    return _creates(request) and begins and request.terms.owner == request.terms.requester
