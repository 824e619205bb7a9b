"""App Home: the same pieces as everywhere, in sections."""

from collections.abc import Sequence

from bot.cards.kit import Block, Button, Card, Line, Moment, bold, card, item, line, render
from bot.cards.people import turned_away
from bot.cards.requests import press, summary
from bot.domain.commands import Claim
from bot.domain.decided import Home
from bot.domain.grammar import write
from bot.domain.people import TurnedAway
from bot.domain.requests import Request, State


def home(outcome: Home | TurnedAway) -> tuple[Card, ...]:
    """One card for each section; the person's own offers stand in the first alone."""
    if isinstance(outcome, TurnedAway):
        return (turned_away(outcome),)
    return (_mine(outcome), _waiting(outcome), _held(outcome), _recent(outcome))


def _mine(outcome: Home) -> Card:
    lines = [line(bold(f"Hello {outcome.person.name}"))]
    lines += _or_none(
        "Credentials that wait for you",
        [
            item(bold(each.name), f" in {each.environment_name}, made ", Moment(each.made_at))
            for each in outcome.claims
        ],
    )
    collect = [Button(f"Collect {each.name}", write(Claim(each.id))) for each in outcome.claims]
    ask = [Button("Ask for credentials", "request"), Button("My keys", "key list")]
    return card(*lines, buttons=[*collect, *ask])


def _waiting(outcome: Home) -> Card:
    return card(
        *_or_none("Waiting for you", [summary(each) for each in outcome.waiting]),
        buttons=[
            press(label, verb, each, style)
            for each in outcome.waiting
            for label, verb, style in (
                (f"Approve {each.terms.name}", "approve", "primary"),
                (f"Deny {each.terms.name} …", "deny", None),
            )
        ],
    )


def _held(outcome: Home) -> Card:
    held = [each for each in outcome.own if each.state is State.CLAIMED and not each.ended]
    return card(*_or_none("Keys that you were given", [_until(each) for each in held]))


def _until(request: Request) -> Line:
    terms = request.terms
    if request.ends_at is None:
        return item(bold(terms.name), f" in {terms.environment_name}, until somebody ends it")
    return item(bold(terms.name), f" in {terms.environment_name}, ends ", Moment(request.ends_at))


def _recent(outcome: Home) -> Card:
    waits = [each for each in outcome.own if each.state is State.PENDING]
    return card(
        *_or_none("Your requests", [summary(each) for each in outcome.own]),
        buttons=[press(f"Cancel {each.terms.name}", "cancel", each) for each in waits],
    )


def _or_none(title: str, lines: Sequence[Line]) -> list[Line]:
    return [line(bold(title)), *(lines or [line("Nothing.")])]


def home_view(cards: Sequence[Card], offers: Sequence[str]) -> Block:
    """Put the sections together; `offers` belong to the buttons of the first."""
    first, *others = cards
    blocks = list(render(first, offers).blocks)
    for each in others:
        blocks += [{"type": "divider"}, *render(each).blocks]
    return {"type": "home", "blocks": blocks}
