"""A key that leaked is disabled, and no new key is on its way: why, and what to do."""

from bot.cards.key_refusals import about
from bot.cards.kit import Button, Card, Text, card, item, line, msg
from bot.cards.not_askable import not_askable_reason
from bot.cards.role_names import described, short_name
from bot.domain.commands.grammar import write
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.roles import NoRoles, NoSuchRole, WhichRole
from bot.domain.outcomes.union import NotReplaced


def not_replaced(outcome: NotReplaced) -> Card:
    """Say why no new key was requested; the key stays disabled all the same."""
    stays = about(
        msg("{key} in {environment} stays disabled. No new key was requested for it."),
        outcome.located,
    )
    match outcome.reason:
        case NotAskable() as stop:
            return card(stays, line(not_askable_reason(stop)))
        case Denied():
            place = Text(outcome.located.environment.name)
            denied = msg("You can't use `/cld key rotate` in {environment}.", environment=place)
            ask = msg("To see who can: `/cld explain key rotate`")
            return card(stays, line(denied), line(ask))
        case NoRoles():
            leave = msg("Keys of this Cloudinary account have no roles, so leave `--role` out.")
            return card(stays, line(leave))
        case NoSuchRole(choices=choices) | WhichRole(choices=choices):
            return card(
                stays,
                line(msg("Choose the role of the new key:")),
                *(item(described(role)) for role, _ in choices),
                buttons=[
                    Button(msg("{role}", role=short_name(role)), write(command))
                    for role, command in choices
                ],
            )
        case _:
            again = msg("To request one, try again: `/cld key rotate`")
            return card(stays, line(again))
