"""App Home: the same pieces as everywhere, in sections."""

from collections.abc import Sequence

from bot.cards.kit import Block, Button, Card, Line, Moment, bold, card, item, line, render
from bot.cards.people import turned_away
from bot.cards.requests import named, posted, press, show, summary
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.home import Home
from bot.domain.people import TurnedAway
from bot.domain.requests.machine import Request, State


def home(outcome: Home | TurnedAway) -> tuple[Card, ...]:
    """One card for each section, and for each request that waits for this person's word."""
    if isinstance(outcome, TurnedAway):
        return (turned_away(outcome),)
    waiting = map(posted, outcome.waiting)
    return (
        _mine(outcome),
        _heading(outcome),
        *waiting,
        _held(outcome),
        _own(outcome),
        _recent(outcome),
    )


def _mine(outcome: Home) -> Card:
    lines = [line(bold(f"Hello {outcome.person.name}"))]
    lines += _or_none(
        "Credentials that wait for you",
        [
            item(bold(each.name), f" in {each.environment_name}, made ", Moment(each.made_at))
            for each in outcome.pending
        ],
    )
    collect = [
        Button(f"Collect {each.name}", write(Claim(each.id)), style="primary")
        for each in outcome.pending
    ]
    ask = [Button("Ask for credentials", "request"), Button("My keys", "key list")]
    return card(*lines, buttons=[*collect, *ask])


def _heading(outcome: Home) -> Card:
    many = len(outcome.waiting)
    return card(*_or_none("Waiting for you", [line(f"{many} to decide on.")] if many else []))


def _held(outcome: Home) -> Card:
    held = [each for each in outcome.own if each.state is State.CLAIMED and not each.ended]
    return card(
        *_or_none("Keys that you were given", [_until(each) for each in held]),
        buttons=[press(f"Renew {named(each)} …", "renew", each) for each in held if each.ends_at],
    )


def _until(request: Request) -> Line:
    terms = request.terms
    if request.ends_at is None:
        return item(bold(terms.name), f" in {terms.environment_name}, until somebody ends it")
    return item(bold(terms.name), f" in {terms.environment_name}, ends ", Moment(request.ends_at))


def _own(outcome: Home) -> Card:
    waits = [each for each in outcome.own if each.state is State.PENDING]
    return card(
        *_or_none("Your requests", [summary(each) for each in waits]),
        buttons=[press(f"Cancel {named(each)}", "cancel", each) for each in waits],
    )


def _recent(outcome: Home) -> Card:
    decided = [each for each in outcome.own if each.state is not State.PENDING]
    return card(
        *_or_none("Recent activity", [summary(each) for each in decided]),
        buttons=[show(each) for each in decided],
    )


def _or_none(title: str, lines: Sequence[Line]) -> list[Line]:
    return [line(bold(title)), *(lines or [line("Nothing.")])]


def home_view(cards: Sequence[Card], offers: Sequence[str]) -> Block:
    """Put the sections together; `offers` belong to the buttons that stand for no request."""
    blocks, given = list[Block](), iter(offers)
    for each in cards:
        own = [next(given) for _ in offering([each])]
        blocks += [{"type": "divider"}, *render(each, own).blocks]
    return {"type": "home", "blocks": blocks[1:]}


def offering(cards: Sequence[Card]) -> Sequence[Button]:
    """The buttons that are offers to this person alone."""
    return [button for each in cards for button in each.buttons if not button.request_id]
