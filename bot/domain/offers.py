"""Offers: the commands behind buttons, stored so that a card carries an opaque id only."""

from dataclasses import dataclass

from bot.domain.people import Actor


@dataclass(frozen=True)
class Offer:
    """A command that one person may run by a press; `page` for a press that turns a list's page."""

    actor: Actor
    text: str
    page: int | None = None
