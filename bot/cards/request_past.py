"""What a requester's earlier requests came to, as evidence on a card."""

from bot.cards.kit import Phrase, Text, msg, plural
from bot.domain.requests.machine import Request


def past(request: Request) -> Phrase:
    """Count like with like; an older record counted the requester's requests of every kind."""
    found = request.evidence
    if found.decided is None:
        return plural(
            "Past 90 days: {count} request of any kind, {approved} approved",
            "Past 90 days: {count} requests of any kind, {approved} approved",
            found.before,
            approved=Text(str(found.granted)),
        )
    if not found.decided:
        return msg("Past 90 days: no decided requests like this")
    return plural(
        "Past 90 days: {count} request like this, {approved} approved",
        "Past 90 days: {count} requests like this, {approved} approved",
        found.decided,
        approved=Text(str(found.approved)),
    )
