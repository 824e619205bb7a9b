"""The card of a claim that has nothing to collect: what became of it, and what to do."""

from typing import Final

from bot.cards.kit import Button, Card, Mention, bold, card, code, line
from bot.cards.request_lists import show
from bot.cards.requests import place_of, state
from bot.domain.outcomes.links import NothingToClaim

REQUEST: Final = Button("Request credentials", "request", style="primary")


def nothing_card(outcome: NothingToClaim) -> Card:
    """Answer the person who claims, and only about what they may see."""
    request, owner = outcome.request, outcome.owner
    if request and owner:
        name = bold(request.terms.name)
        return card(
            line("Only ", Mention(owner.user_id), " can collect ", name, f"{place_of(request)}."),
            line("Need your own credentials? Type ", code("/cld request")),
            buttons=[REQUEST],
        )
    if request:
        name = bold(request.terms.name)
        return card(
            line("Nothing to collect."),
            line("The request for ", name, f"{place_of(request)}: {state(request)}."),
            buttons=[show(request), REQUEST],
        )
    look = "key show <name>" if outcome.offers else "requests mine"
    return card(
        line("Nothing to collect. On another person's card, only its owner can collect."),
        line("To request credentials, type ", code("/cld request")),
        line("Expected credentials that you didn't collect? Check ", code(f"/cld {look}")),
        buttons=[REQUEST],
    )
