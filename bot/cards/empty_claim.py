"""The card of a claim that has nothing to collect: what became of it, and what to do."""

from typing import Final

from bot.cards.kit import Button, Card, Mention, card, line, msg
from bot.cards.request_lists import show
from bot.cards.request_states import result_of
from bot.cards.requests import target
from bot.domain.outcomes.links import NothingToClaim

REQUEST: Final = Button(msg("Request credentials"), "request", style="primary")


def nothing_card(outcome: NothingToClaim) -> Card:
    """Answer the person who claims, and only about what they may see."""
    request, owner = outcome.request, outcome.owner
    if request and owner:
        person = Mention(owner.user_id)
        return card(
            line(msg("Only {owner} can collect {key}.", owner=person, key=target(request))),
            line(msg("Need your own credentials? Type `/cld request`")),
            buttons=[REQUEST],
        )
    if request:
        return card(
            line(msg("Nothing to collect.")),
            line(msg("{key}: {result}", key=target(request), result=result_of(request))),
            buttons=[show(request), REQUEST],
        )
    expected = msg("Expected credentials that you didn't collect? Check `/cld requests mine`")
    if outcome.offers:
        expected = msg("Expected credentials that you didn't collect? Check `/cld key show <name>`")
    return card(
        line(msg("Nothing to collect. On another person's card, only its owner can collect.")),
        line(msg("To request credentials, type `/cld request`")),
        line(expected),
        buttons=[REQUEST],
    )
