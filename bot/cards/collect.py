"""Whose the Collect button is."""

from bot.domain.requests.machine import Request


def is_own(request: Request) -> bool:
    """Whether the credentials are for the requester."""
    return request.terms.owner == request.terms.requester


def collect(request: Request) -> str:
    """Label the button of a card that everybody sees: it says whose it is."""
    return f"Collect as {request.asker.name}" if is_own(request) else "Collect (owner only)"
