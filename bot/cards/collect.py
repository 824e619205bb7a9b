"""Whose the Collect button is."""

from bot.cards.kit import Text, msg
from bot.domain.phrases import Phrase
from bot.domain.requests.machine import Request


def is_own(request: Request) -> bool:
    """Whether the credentials are for the requester."""
    return request.terms.owner == request.terms.requester


def collect(request: Request) -> Phrase:
    """Label the button of a card that everybody sees: it says whose it is."""
    if is_own(request):
        return msg("Collect as {name}", name=Text(request.asker.name))
    return msg("Collect (owner only)")
