"""Scheduled deletions on cards: their date, and how they are taken back."""

from bot.cards.kit import Button, Moment, Span, Text, code, msg
from bot.domain.commands.grammar import render, write
from bot.domain.commands.keys import RestoreKey
from bot.domain.environments import Environment
from bot.domain.keys import Located
from bot.domain.requests.deletions import place_of
from bot.domain.requests.machine import Request


def deletes(here: Located, start: Span) -> tuple[Span, ...]:
    """Say when a key is deleted, if that is scheduled; `start` comes before the date."""
    at = here.deletes_at
    return (start, Moment(at, exact=True)) if at else ()


def restoring(request: Request) -> Text:
    """Write the command that takes a deletion back."""
    terms = request.terms
    name = terms.key if terms.name[:1].isdigit() else terms.name
    return code(f"/cld {render(RestoreKey(name, terms.cloud_name))}")


def restore(here: Located | Request) -> Button:
    """Make a button that takes a deletion back."""
    if isinstance(here, Request):
        return _restore(here.terms.name, here.terms.key, place_of(here.terms))
    return _restore(here.key.label, here.key.api_key, here.environment)


def _restore(name: str, api_key: str, place: Environment) -> Button:
    label = msg("Restore {name} in {place}", name=Text(name), place=Text(place.name))
    return Button(label, write(RestoreKey(api_key, place.cloud_name)))
