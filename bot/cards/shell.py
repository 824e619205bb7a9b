"""Text for an operator's terminal, where the card in the channel can't be seen."""

from bot.cards.kit import Card, Line, bold, card, code, item, line
from bot.cards.request_states import STATES
from bot.domain.outcomes.requests import RequestsListed
from bot.domain.phrases import Mention, Moment, Text, msg
from bot.domain.requests.machine import Request


def waiting(outcome: RequestsListed) -> Card:
    """List pending requests, with all that a decision needs."""
    if not outcome.requests:
        return card(line(msg("No open requests.")))
    return card(
        *(each for request in outcome.requests for each in _request(request)),
        line(msg("These are the newest. There are more.")) if outcome.more else None,
    )


def _request(request: Request) -> list[Line]:
    terms, asker = request.terms, request.asker
    who, mention = Text(f"{asker.name} {asker.email}"), Mention(terms.requester.user_id)
    return [
        line(
            msg(
                "{id} {state} since {asked}, until {expires}, {count} of {quorum} approved",
                id=code(request.short_id),
                state=bold(STATES[request.state]),
                asked=Moment(request.asked_at),
                expires=Moment(request.expires_at),
                count=Text(str(len(request.approving))),
                quorum=Text(str(request.approval.quorum)),
            )
        ),
        item(msg("Who: {requester} {mention}", requester=who, mention=mention)),
        item(msg("What: {command}", command=code(f"/cld {terms.command}"))),
        item(
            msg(
                "Where: {environment} ({tier}), {cloud_name}",
                environment=Text(terms.environment_name),
                tier=Text(terms.tier),
                cloud_name=code(terms.cloud_name),
            )
        ),
        item(msg("Why: {reason}", reason=Text(terms.reason) if terms.reason else msg("no reason"))),
        item(msg("Fingerprint: {fingerprint}", fingerprint=code(terms.fingerprint))),
    ]
