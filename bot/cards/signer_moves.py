"""The warning of a change of the webhook signer, in requests."""

from bot.cards.kit import Line, Text, bold, line, msg
from bot.domain.phrases import Span
from bot.domain.requests.terms import Terms


def moves(terms: Terms) -> list[Line]:
    """Warn that another key signs webhooks after the change, or that none does."""
    move = terms.signer
    if move is None:
        return []
    old: Span = bold(move.old_name) if move.old_name else msg("the present signer")
    new = bold(move.new_name)
    place = Text(terms.environment_name)
    if not move.new:
        return [line(msg("{old} is the last enabled key in {place}.", old=old, place=place))]
    if not move.old:
        return [
            line(msg("Then {new} signs webhook notifications in {place}.", new=new, place=place))
        ]
    return [
        line(
            msg(
                "Then {new} signs webhook notifications in {place}, in place of {old}. Signature"
                " checks that use the secret of {old} fail.",
                new=new,
                place=place,
                old=old,
            )
        )
    ]
