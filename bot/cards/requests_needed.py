"""A command about a request that names none, where no form can ask which."""

from typing import Final

from bot.cards.kit import Card, bold, card, code, item, line, msg
from bot.cards.requests import what
from bot.domain.outcomes.requests import RequestNeeded

_NONE: Final = {
    "approve": msg("No open request needs your approval. Nothing changed."),
    "ask": msg("No open request waits for your decision, so there is nothing to ask about."),
    "cancel": msg("You have no request to cancel. Nothing changed."),
    "deny": msg("No open request waits for your decision. Nothing changed."),
    "renew": msg("You have no access to renew. Nothing changed."),
    "result": msg("No key of yours was disabled for a time. Nothing changed."),
    "review": msg("No emergency waits for your review. Nothing changed."),
    "rotation": msg("No rotation of yours is running. Nothing changed."),
    "withdraw": msg("You have no decision to withdraw: no open request has your vote."),
}
"""By the command's name."""
_LISTS: Final = msg("Your requests: `/cld requests mine`. Open requests: `/cld requests open`")
_OTHER: Final = {
    "review": msg("To review access keys with their owners: `/cld review keys`"),
}


def needed(outcome: RequestNeeded) -> Card:
    """Say which requests a command could be about."""
    spec, requests = outcome.incomplete.spec, outcome.requests
    if not requests:
        return card(
            line(_NONE[spec.name]),
            line(_OTHER.get(spec.name, _LISTS)),
        )
    usage = code(spec.usage)
    return card(
        line(msg("Something is missing. Nothing changed. Usage: {usage}", usage=usage)),
        *(
            item(
                msg(
                    "{id} {key}: {what}, by {name}",
                    id=code(each.short_id),
                    key=bold(each.terms.name),
                    what=what(each),
                    name=bold(each.asker.name),
                )
            )
            for each in requests
        ),
    )
