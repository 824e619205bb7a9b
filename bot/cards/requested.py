"""The answer to a new request: it waits for approvers, or is carried out without them.

The answer is drawn from the request as it is stored when the answer is sent.
"""

from typing import Final, assert_never

from bot.cards import brownouts
from bot.cards.deletions import restore, restoring
from bot.cards.kit import Button, Card, Line, Mention, Moment, bold, card, code, line, msg
from bot.cards.not_askable import not_asked
from bot.cards.people import approval
from bot.cards.request_failures import request_failed
from bot.cards.request_states import authority, state
from bot.cards.requests import details_button, is_renewal, named, press, purpose, role_of, what
from bot.cards.rotations import rotated_beside
from bot.domain.outcomes.requests import NotAskable, Renewed, Requested, RequestOutcome
from bot.domain.phrases import Phrase
from bot.domain.policy import Action
from bot.domain.requests.deletions import is_restore
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Waiver

BEFORE: Final = frozenset({State.PENDING, State.APPROVED, State.EXECUTING})
"""States in which the change is still to come."""
_CREATING: Final = msg("The new key for {key} is being created. This takes a few seconds.")
_SUCCESSOR: Final = dict.fromkeys(BEFORE, _CREATING) | {
    State.CLAIMABLE: msg("The new key for {key} is created (disabled until collected)."),
}
"""What is happening in a rotation, by the state of its request."""


def request_card(outcome: RequestOutcome) -> Card:
    """Draw an outcome of opening or renewing a request."""
    match outcome:
        case Requested():
            return _requested(outcome)
        case Renewed(request):
            name = bold(request.terms.name)
            return card(line(msg("Renewed: access to {name} lasts longer.", name=name)))
        case NotAskable():
            normal = Button(msg("Send a normal request"), outcome.normal)
            return card(not_asked(outcome), buttons=[normal] if outcome.normal else [])
        case _:
            assert_never(outcome)


def _requested(outcome: Requested) -> Card:
    """Tell the requester what became of their request."""
    request = outcome.request
    if not request.waived and request.state is State.PENDING:
        return _waits(request)
    label = msg("Collect {key}", key=named(request))
    collect = press(label, "claim", request, "primary")
    buttons = [collect] if _collectable(request) else []
    buttons += [press(label, verb, request) for label, verb in brownouts.presses(request)]
    if outcome.offers and request.delete_at:
        buttons = [restore(request)]
    return card(
        line(_result(request)),
        _authority(request),
        *rotated_beside(request.evidence),
        _next(request),
        buttons=buttons,
    )


def _waits(request: Request) -> Card:
    follows = msg(
        "Needs {approval}. Expires {expires}. We'll message you. To cancel: `/cld cancel {id}`",
        approval=approval(request.approval),
        expires=Moment(request.expires_at, exact=True),
        id=code(request.short_id),
    )
    return card(
        line(
            msg(
                "Request sent: {what}. It needs approval before anything changes.",
                what=what(request),
            )
        ),
        line(purpose(request)),
        line(role) if (role := role_of(request)) else None,
        *rotated_beside(request.evidence),
        line(follows),
        buttons=[press(msg("Cancel request"), "cancel", request), details_button(request)],
    )


def _result(request: Request) -> Phrase:
    """Say what happened, or what is happening."""
    key, date = named(request), request.delete_at
    if request.rotation and (said := _SUCCESSOR.get(request.state)):
        return said.fill(key=key)
    match request.state:
        case State.CLAIMABLE:
            return msg("{key} is created (disabled until collected).", key=key)
        case State.DONE if date:
            deleted = Moment(date, exact=True)
            return msg("{key} is disabled. Deletes on {date}.", key=key, date=deleted)
        case State.DONE if dark := brownouts.result(request):
            return msg("{key}: {result}", key=key, result=dark)
        case State.DONE if is_restore(request.terms):
            return msg("{key} is restored.", key=key)
        case State.DONE if request.terms.action is Action.KEY_ENABLE:
            return msg("{key} is now enabled.", key=key)
        case State.FAILED:
            return msg("{key}: {failure}", key=key, failure=request_failed(request.outcome))
        case _ if request.state in BEFORE and _creates(request):
            return msg("{key} is being created. This takes a few seconds.", key=key)
        case _ if request.state in BEFORE:
            return msg("{key}: in progress ({what}).", key=key, what=what(request))
        case _:
            return msg(
                "{key}: {state} ({what}).", key=key, state=state(request), what=what(request)
            )


def _authority(request: Request) -> Line:
    """Say why no approval came first, and who knows; or who approved."""
    if request.waived is None:
        return line(authority(request))
    if request.waived is Waiver.EMERGENCY:
        return line(
            msg(
                "Emergency access: no approval was needed. The security channel is notified, and"
                " another person reviews it."
            )
        )
    return line(msg("No approval was needed, by policy {policy}.", policy=code(request.policy)))


def _next(request: Request) -> Line | None:
    """Say what the requester can do next."""
    owner = request.terms.owner
    if request.delete_at:
        return line(msg("To restore it before that date: {command}", command=restoring(request)))
    if request.state is State.FAILED:
        return line(msg("See the request: `/cld requests {id}`", id=code(request.short_id)))
    if _creates(request) and owner != request.terms.requester:
        person = Mention(owner.user_id)
        return line(msg("{owner} gets a message and collects the credentials.", owner=person))
    if request.state is State.CLAIMABLE:
        return line(msg("Press Collect to get a one-time link to the credentials."))
    if _collectable(request):
        return line(msg("Then press Collect. You also get a message."))
    return None


def _creates(request: Request) -> bool:
    rotates = request.rotation is not None
    return (request.terms.creates or rotates) and not is_renewal(request)


def _collectable(request: Request) -> bool:
    """Whether the requester may collect now, or in a moment."""
    begins = request.state in {State.APPROVED, State.EXECUTING, State.CLAIMABLE}
    return _creates(request) and begins and request.terms.owner == request.terms.requester
