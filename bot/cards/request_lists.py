"""Cards that show requests instead of acting: lists, the one that is open already, none at all."""

from dataclasses import replace
from typing import Final, assert_never

from bot.cards.deletions import deletes, restore
from bot.cards.kit import Button, Card, Line, Moment, bold, card, code, item, line, words
from bot.cards.requests import named, place_of, posted, press, state, what
from bot.cards.requests_needed import needed
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import ListRequests
from bot.domain.outcomes import requests as outcomes
from bot.domain.request_ids import length_apart
from bot.domain.requests.machine import Request, State

_TITLES: Final = {
    "mine": "Your requests",
    "pending": "Waiting for you",
    "open": "Open requests",
    "closed": "Closed requests",
    "all": "All requests",
}
_FILTERS: Final = {
    "all": "All",
    "open": "Open",
    "mine": "Mine",
    "pending": "Waiting for me",
    "closed": "Closed",
}


def seen_card(outcome: outcomes.SeenOutcome) -> Card:
    """Draw requests that are there, or say that there is none."""
    match outcome:
        case outcomes.AlreadyRequested(request, again):
            return _already_requested(request, again)
        case outcomes.NoSuchRequest(id_):
            return _missing(id_)
        case outcomes.WhichRequest():
            return _which(outcome)
        case outcomes.RequestShown(request, offers):
            more = (restore(request),) if offers and request.delete_at else ()
            drawn = posted(request)
            return replace(drawn, buttons=(*drawn.buttons, *more))
        case outcomes.RequestsListed():
            return listed(outcome)
        case outcomes.RequestNeeded():
            return needed(outcome)
        case _:
            assert_never(outcome)


def show(request: Request) -> Button:
    """Make a button that shows the whole card to the person who presses it."""
    return Button(f"Show {named(request)}", write(ListRequests(request.id)))


def summary(request: Request, id_: str = "") -> Line:
    """Draw a request as an item of a list; `id_` is as much of its id as tells it from others."""
    return item(
        *(code(id_ or request.short_id), " ", bold(request.asker.name), f": {what(request)} "),
        *(bold(request.terms.name), f"{place_of(request)}, "),
        *(Moment(request.asked_at), f": {state(request)}"),
        *deletes(request, ". Deletes on "),
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


def _which(outcome: outcomes.WhichRequest) -> Card:
    """List the requests that an id may mean; each is shown by a press."""
    ids = {each.id for each in outcome.requests}
    apart = [each.id[: length_apart(each.id, ids - {each.id})] for each in outcome.requests]
    return card(
        line("Several requests begin with ", code(outcome.id), ". Nothing changed."),
        words("Type more of the id:"),
        *map(summary, outcome.requests, apart),
        buttons=[show(each) for each in outcome.requests],
    )


def listed(outcome: outcomes.RequestsListed) -> Card:
    """List requests, newest first, with the other lists and pages as buttons."""
    which, page, pages = outcome.which, outcome.page, outcome.pages
    where = f", page {page + 1} of {pages}" if pages > 1 else ""
    return card(
        line(bold(f"{_TITLES[which]}{where}")),
        None if outcome.requests else line("None."),
        *map(summary, outcome.requests),
        buttons=[
            *(_collect(each) if which == "mine" else show(each) for each in outcome.requests),
            *(restore(it) for it in outcome.requests if it.delete_at and it.id in outcome.offers),
            *([_turn("Previous", which, page - 1)] if page > 0 else []),
            *([_turn("Next", which, page + 1)] if page + 1 < pages else []),
            *(_turn(label, each, 0) for each, label in _FILTERS.items() if each != which),
        ],
    )


def _collect(request: Request) -> Button:
    """Let the requester collect their own credentials; show everything else."""
    own = request.terms.owner == request.terms.requester
    ready = own and request.state is State.CLAIMABLE
    return press(f"Collect {named(request)}", "claim", request) if ready else show(request)


def _turn(label: str, which: str, page: int) -> Button:
    return Button(label, write(ListRequests(which)), page)
