"""App Home: one card for each section, and for each request that a person can decide on."""

from collections.abc import Sequence

from bot.cards import links
from bot.cards.deletions import restore
from bot.cards.key_lists import summary as key_summary
from bot.cards.keys import stop
from bot.cards.kit import (
    Block,
    Button,
    Card,
    Line,
    Moment,
    bold,
    card,
    item,
    line,
    offering,
    render,
)
from bot.cards.people import turned_away
from bot.cards.request_lists import show, summary
from bot.cards.requests import named, posted, press
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.home import OFFERED, Home
from bot.domain.keys import Located
from bot.domain.people import TurnedAway
from bot.domain.requests.machine import Request, State


def home(outcome: Home | TurnedAway) -> tuple[Card, ...]:
    """Draw the sections of one person's App Home."""
    if isinstance(outcome, TurnedAway):
        return (turned_away(outcome),)
    waiting = [line(f"{len(outcome.waiting)} to decide on.")] if outcome.waiting else []
    return (
        _collectable(outcome),
        _section("Waiting for you", waiting),
        *map(posted, outcome.waiting),
        *_own(outcome.own, frozenset(here.key.api_key for here in outcome.keys)),
        _live(outcome.keys),
        *_deleted(outcome),
    )


def _collectable(outcome: Home) -> Card:
    claims = [(each.name, write(Claim(each.id))) for each in outcome.pending]
    collect = [Button(f"Collect {name}", claim, style="primary") for name, claim in claims]
    ask = [Button(OFFERED[text], text) for text in outcome.offered]
    pending = _section("Credentials that wait for you", [*map(links.summary, outcome.pending)])
    return card(
        line(bold(f"Hello {outcome.person.name}")), *pending.lines, buttons=[*collect, *ask]
    )


def _own(requests: Sequence[Request], live: frozenset[str]) -> tuple[Card, ...]:
    """Draw a person's own requests: granted keys that work, undecided requests, the rest."""
    held = [each for each in requests if each.state is State.CLAIMED and each.made in live]
    undecided = [each for each in requests if each.state is State.PENDING]
    decided = [each for each in requests if each.state is not State.PENDING]
    renew = [press(f"Renew {named(each)} …", "renew", each) for each in held if each.ends_at]
    cancel = [press(f"Cancel {named(each)}", "cancel", each) for each in undecided]
    return (
        _section("Keys that you were given", [*map(_held, held)], renew),
        _section("Your requests", [*map(summary, undecided)], cancel),
        _section("Your earlier requests", [*map(summary, decided)], [*map(show, decided)]),
    )


def _live(keys: Sequence[Located]) -> Card:
    lines = [item(bold(it.key.label), f" in {it.environment.name}") for it in keys]
    return _section("Your keys that work", lines, [stop(it.key, it.environment) for it in keys])


def _deleted(outcome: Home) -> tuple[Card, ...]:
    """Draw keys that are deleted at a date, if there are any."""
    found = outcome.deletions
    offered = [restore(here) for here in found if here.key.api_key in outcome.restorable]
    lines = [key_summary(here) for here in found]
    return (_section("Scheduled deletions", lines, offered),) if found else ()


def _held(request: Request) -> Line:
    name, place = bold(request.terms.name), f" in {request.terms.environment_name}"
    if request.ends_at is None:
        return item(name, f"{place}, until a person ends it")
    return item(name, f"{place}, ends ", Moment(request.ends_at))


def _section(title: str, lines: Sequence[Line], buttons: Sequence[Button] = ()) -> Card:
    return card(line(bold(title)), *(lines or [line("Nothing.")]), buttons=buttons)


def home_view(cards: Sequence[Card], offers: Sequence[str]) -> Block:
    """Build the view; `offers` are the opaque ids for the buttons of `offering`, in order."""
    blocks, ids = list[Block](), iter(offers)
    for each in cards:
        own = [next(ids) for _ in offering([each])]
        blocks += [{"type": "divider"}, *render(each, own).blocks]
    return {"type": "home", "blocks": blocks[1:]}
