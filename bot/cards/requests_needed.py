"""A command about a request that names none, where no form can ask which."""

from typing import Final

from bot.cards.kit import Card, bold, card, code, item, line, words
from bot.domain.outcomes.requests import RequestNeeded

_NONE: Final = {
    "approve": "No open request needs your approval.",
    "ask": "No open request waits for your decision, so there is nothing to ask about.",
    "cancel": "You have no request to cancel.",
    "deny": "No open request waits for your decision.",
    "renew": "You have no access to renew.",
    "review": "No emergency waits for your review.",
    "withdraw": "You have no decision to withdraw: no open request has your vote.",
}
"""By the command's name."""


def needed(outcome: RequestNeeded) -> Card:
    """Say which requests a command could be about."""
    spec, requests = outcome.incomplete.spec, outcome.requests
    if not requests:
        return card(
            line(_NONE[spec.name], " Nothing was changed."),
            words("Your requests: `/cld requests mine`. Open requests: `/cld requests open`"),
        )
    names = (
        item(code(each.short_id), " ", bold(each.terms.name), f" for {each.asker.name}")
        for each in requests
    )
    return card(
        line("Something is missing. Nothing was changed. Usage: ", code(spec.usage)),
        *names,
    )
