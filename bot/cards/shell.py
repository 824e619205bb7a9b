"""Text for an operator's terminal, where the card in the channel can't be seen."""

from bot.cards.kit import Card, Line, Mention, Moment, bold, card, code, item, line
from bot.cards.request_states import STATES
from bot.domain.outcomes.requests import RequestsListed
from bot.domain.requests.machine import Request


def waiting(outcome: RequestsListed) -> Card:
    """List pending requests, with all that a decision needs."""
    if not outcome.requests:
        return card(line("There are no open requests."))
    return card(
        *(each for request in outcome.requests for each in _request(request)),
        line("There are more; these are the newest.") if outcome.more else None,
    )


def _request(request: Request) -> list[Line]:
    terms, asker = request.terms, request.asker
    approved = f"{len(request.approving)} of {request.approval.quorum} approved"
    since = (" since ", Moment(request.asked_at), ", until ", Moment(request.expires_at))
    return [
        line(
            code(request.short_id), " ", bold(str(STATES[request.state])), *since, f", {approved}"
        ),
        item("Who: ", asker.name, " ", asker.email, " ", Mention(terms.requester.user_id)),
        item("What: ", code(f"/cld {terms.command}")),
        item("Where: ", terms.environment_name, f" ({terms.tier}), ", code(terms.cloud_name)),
        item("Why: ", terms.reason or "no reason was given"),
        item("Fingerprint: ", code(terms.fingerprint)),
    ]
