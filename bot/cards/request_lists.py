"""Cards that show requests instead of acting: lists, the one that is open already, none at all."""

from dataclasses import replace
from typing import Final, assert_never

from bot.cards.deletions import restore
from bot.cards.kit import Button, Card, Line, Menu, Moment, bold, card, code, item, line, msg
from bot.cards.request_details import details
from bot.cards.request_states import state
from bot.cards.requests import brief, details_button, named, posted, press, role_of, target, what
from bot.cards.requests_needed import needed
from bot.cards.role_names import named as named_role
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import ListRequests
from bot.domain.outcomes import requests as outcomes
from bot.domain.phrases import Phrase, Text
from bot.domain.request_ids import length_apart
from bot.domain.requests.machine import Request, State

_TITLES: Final = {
    "mine": msg("Your requests"),
    "pending": msg("Waiting for you"),
    "open": msg("Open requests"),
    "closed": msg("Closed requests"),
    "all": msg("All requests"),
}
_FILTERS: Final = {
    "all": msg("All"),
    "open": msg("Open"),
    "mine": msg("Mine"),
    "pending": msg("Waiting for me"),
    "closed": msg("Closed"),
}
_EMPTY: Final = {
    "mine": msg("None. To request credentials: `/cld request`"),
    "pending": msg("None. You get a message when a request needs you."),
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
        case outcomes.RequestShown():
            return _shown(outcome)
        case outcomes.RequestsListed():
            return listed(outcome)
        case outcomes.RequestNeeded():
            return needed(outcome)
        case _:
            assert_never(outcome)


def _shown(outcome: outcomes.RequestShown) -> Card:
    """Draw a request's card, or everything about it; a deletion has a button to take it back."""
    request = outcome.request
    drawn, deletes = posted(request), outcome.offers and request.delete_at
    if outcome.details:
        others = [it for it in drawn.buttons if it.command != details_button(request).command]
        drawn = replace(details(request), buttons=(*others,))
    return replace(drawn, buttons=(*drawn.buttons, restore(request))) if deletes else drawn


def show(request: Request) -> Button:
    """Make a button that shows the whole card to the person who presses it."""
    return Button(msg("Show {key}", key=named(request)), write(ListRequests(request.id)))


def summary(request: Request, id_: str = "") -> Line:
    """Draw a request as an item of a list; `id_` is as much of its id as tells it from others."""
    said = msg(
        "{id} {name}: {what}, {target}: {state} (sent {when})",
        id=code(id_ or request.short_id),
        name=bold(request.asker.name),
        what=what(request),
        target=_target(request),
        when=Moment(request.asked_at),
        state=state(request),
    )
    if request.delete_at is None:
        return item(said)
    date = Moment(request.delete_at, exact=True)
    return item(msg("{request}. Deletes on {date}", request=said, date=date))


def _target(request: Request) -> Phrase:
    """Name what the request is about, and the role that a key gets or loses."""
    role = request.terms.role
    if role is None or not role_of(request):
        return target(request)
    return msg("{target}, role {role}", target=target(request), role=named_role(role))


def _already_requested(request: Request, again: str) -> Card:
    """Show the open request instead of a second one."""
    return card(
        line(msg("You already have this request open. No second request was sent.")),
        *brief(request)[1:],
        line(msg("To change its reason or duration, cancel it first, then request again.")),
        buttons=[
            press(msg("Cancel request"), "cancel", request, "danger"),
            Button(msg("Request again"), again),
            details_button(request),
        ],
    )


def _missing(id_: str) -> Card:
    """Say that a person sees no such request, and what that can mean."""
    return card(
        line(msg("There is no request {id} that you can see. Nothing changed.", id=code(id_))),
        line(
            msg(
                "Check the id. Only its requester, its owner and its approvers see a request, and"
                " old ones are deleted. If yours was lost, request it again: `/cld request`"
            )
        ),
        line(msg("Your open requests: `/cld requests open`")),
    )


def _which(outcome: outcomes.WhichRequest) -> Card:
    """List the requests that an id may mean; each is shown by a press."""
    ids = {each.id for each in outcome.requests}
    apart = [each.id[: length_apart(each.id, ids - {each.id})] for each in outcome.requests]
    return card(
        line(msg("Several requests begin with {id}. Nothing changed.", id=code(outcome.id))),
        line(msg("Choose one, or type more of the id:")),
        *map(summary, outcome.requests, apart),
        buttons=[show(each) for each in outcome.requests],
    )


def listed(outcome: outcomes.RequestsListed) -> Card:
    """List requests, newest first; a menu has the lists, and buttons have the pages."""
    which, page, pages = outcome.which, outcome.page, outcome.pages
    drawn = card(
        line(_title(outcome)),
        None if outcome.requests else line(_EMPTY.get(which, msg("None."))),
        *map(summary, outcome.requests),
        buttons=[
            *(_collect(each) if which == "mine" else show(each) for each in outcome.requests),
            *(restore(it) for it in outcome.requests if it.delete_at and it.id in outcome.offers),
            *([_turn(msg("Previous"), which, page - 1)] if page > 0 else []),
            *([_turn(msg("Next"), which, page + 1)] if page + 1 < pages else []),
        ],
    )
    lists = {each: _turn(label, each, 0) for each, label in _FILTERS.items()}
    return replace(drawn, filters=(Menu(msg("Filter"), tuple(lists.values()), lists.get(which)),))


def _title(outcome: outcomes.RequestsListed) -> Phrase:
    title, pages = _TITLES[outcome.which], outcome.pages
    if pages == 1:
        return title
    page, count = Text(str(outcome.page + 1)), Text(str(pages))
    return msg("{list}, page {page} of {count}", list=title, page=page, count=count)


def _collect(request: Request) -> Button:
    """Let the requester collect their own credentials; show everything else."""
    own = request.terms.owner == request.terms.requester
    if not own or request.state is not State.CLAIMABLE:
        return show(request)
    return press(msg("Collect {key}", key=named(request)), "claim", request)


def _turn(label: Phrase, which: str, page: int) -> Button:
    return Button(label, write(ListRequests(which)), page)
