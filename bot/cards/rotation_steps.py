"""Answers about the steps of rotations: one that is taken, one out of turn, those that run."""

from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Moment, bold, card, code, item, line, msg
from bot.cards.request_lists import show
from bot.cards.request_states import result_of, state
from bot.cards.requests import brief, buttons_of, named, press
from bot.cards.rotations import STEPS, not_rotated, rotation_buttons, rotation_state
from bot.domain.outcomes.rotations import (
    NotRotated,
    OutOfTurn,
    RotationsListed,
    RotationStep,
    Steered,
)
from bot.domain.phrases import Lasting, Listed, Phrase
from bot.domain.requests.machine import Request, State
from bot.domain.rotation import SOAK, Step

_TAKEN: Final[dict[str, Phrase]] = {
    Step.TEST: msg("You had the new key for {key} tested again."),
    Step.DEPLOYED: msg("You said that the new key for {key} is deployed."),
    Step.EXTEND: msg("You gave the rotation of {key} more time."),
    Step.SIGNER: msg("You confirmed that webhooks move from {key} to the new key."),
    Step.ROLL_BACK: msg("You rolled back the rotation of {key}."),
    Step.DELETE: msg("You confirmed that {key} is deleted."),
    Step.ABORT: msg("You aborted the rotation of {key}."),
}
"""What a person did, by the step; where that led to follows."""


def rotation_card(outcome: RotationStep) -> Card:
    """Draw an outcome of a command about rotations."""
    match outcome:
        case NotRotated():
            return not_rotated(outcome)
        case Steered(request, step):
            did = _TAKEN[step].fill(key=named(request))
            return card(line(did), *brief(request), buttons=buttons_of(request))
        case OutOfTurn(request, step):
            return _out_of_turn(request, step)
        case RotationsListed(requests):
            return _listed(requests)
        case _:
            assert_never(outcome)


def _out_of_turn(request: Request, step: Step) -> Card:
    """Say where the rotation is, what it waits for, and which steps it has now."""
    late = msg(
        "Nothing changed: the rotation of {key} does not have the step “{step}” now.",
        key=named(request),
        step=STEPS[step],
    )
    rotation = request.rotation
    then = msg(
        "The old key can be deleted once it was disabled for {soak}.",
        soak=Lasting(rotation.soak if rotation else SOAK),
    )
    ahead = step is Step.DELETE and rotation is not None and not rotation.over
    return card(
        line(late),
        line(_where(request)),
        line(then) if ahead else None,
        _possible(request),
        buttons=buttons_of(request),
    )


def _where(request: Request) -> Phrase:
    return rotation_state(request) if request.made else result_of(request)


def _possible(request: Request) -> Line:
    typed = tuple(
        code(f"/cld rotation {request.short_id} {each.command}")
        for each in rotation_buttons(request)
    )
    if not typed:
        return line(msg("No step of it is possible now."))
    return line(msg("Possible now: {commands}", commands=Listed(typed, "or")))


def _listed(requests: tuple[Request, ...]) -> Card:
    """List rotations; the only one has all its buttons, of several each has its next step."""
    if not requests:
        return card(
            line(msg("No rotation of yours is running.")),
            line(msg("To rotate a key: `/cld key rotate`")),
        )
    alone = len(requests) == 1
    return card(
        line(msg("Your rotations that are running:")),
        *(each for request in requests for each in _running(request)),
        buttons=[
            button
            for request in requests
            for button in (buttons_of(request) if alone else _next(request))
        ],
    )


def _running(request: Request) -> list[Line]:
    said = msg(
        "{id} {key}: {phase}",
        id=code(request.short_id),
        key=bold(request.terms.name),
        phase=state(request),
    )
    if request.state is State.PENDING:
        until = msg("It expires {until}.", until=Moment(request.expires_at, exact=True))
        return [item(said), line(until)]
    return [item(said), line(_where(request)), _possible(request)]


def _next(request: Request) -> list[Button]:
    """Make the button of the next step, which names the key, and the one that shows it all."""
    steps = [each for each in rotation_buttons(request) if each.command != Step.ABORT]
    own = request.terms.owner == request.terms.requester
    if request.state is State.CLAIMABLE and own:
        steps = [press(msg("Collect {key}", key=named(request)), "claim", request)]
        return [*steps, show(request)]
    first = [
        press(
            msg("{step}: {key}", step=STEPS[each.command], key=named(request)),
            each.command,
            request,
        )
        for each in steps[:1]
    ]
    return [*first, show(request)]
