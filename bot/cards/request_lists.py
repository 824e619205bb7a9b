"""Cards that show requests instead of acting: lists, the one that is open already, none at all."""

from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Moment, bold, card, code, item, line, words
from bot.cards.requests import named, place_of, posted, press, state, what
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import ListRequests
from bot.domain.outcomes import requests as outcomes
from bot.domain.requests.machine import Request, State

_TITLES: Final = {
    "mine": "Your requests",
    "pending": "Open requests that need your decision",
    "all": "Open requests that you can see",
}


def seen_card(outcome: outcomes.SeenOutcome) -> Card:
    """Draw requests that are there, or say that there is none."""
    match outcome:
        case outcomes.AlreadyRequested(request, again):
            return _already_requested(request, again)
        case outcomes.NoSuchRequest(id_):
            return _missing(id_)
        case outcomes.RequestShown(request):
            return posted(request)
        case outcomes.RequestsListed():
            return listed(outcome)
        case _:
            assert_never(outcome)


def show(request: Request) -> Button:
    """Make a button that shows the whole card to the person who presses it."""
    return Button(f"Show {named(request)}", write(ListRequests(request.id)))


def summary(request: Request) -> Line:
    """Draw a request as an item of a list."""
    return item(
        *(code(request.id), " ", bold(request.asker.name), f": {what(request)} "),
        *(bold(request.terms.name), f"{place_of(request)}, "),
        *(Moment(request.asked_at), f": {state(request)}"),
    )


def _already_requested(request: Request, again: str) -> Card:
    """Show the open request instead of a second one."""
    return card(
        line(bold("You already have this request open."), " No second request was sent."),
        *posted(request).lines,
        words("To change its reason or duration, cancel it first, then request again."),
        buttons=[
            press("Cancel request", "cancel", request, "danger"),
            Button("Request again", again),
        ],
    )


def _missing(id_: str) -> Card:
    """Say that there is no such request, and what that can mean."""
    return card(
        line("There is no request ", code(id_), ". Nothing changed."),
        words(
            "Check the id. The request may be hidden from you, or no longer kept."
            " If it was lost when data was restored, request it again: `/cld request`"
        ),
        words("To see your open requests: `/cld requests open`"),
    )


def listed(outcome: outcomes.RequestsListed) -> Card:
    """List requests, newest first."""
    waiting = [each for each in outcome.requests if each.state is State.CLAIMABLE]
    return card(
        line(bold(_TITLES[outcome.which])),
        None if outcome.requests else line("None."),
        *map(summary, outcome.requests),
        line("There are more; these are the newest.") if outcome.more else None,
        buttons=[show(each) for each in outcome.requests]
        if outcome.which == "pending"
        else [press(f"Collect {named(each)}", "claim", each) for each in waiting],
    )
