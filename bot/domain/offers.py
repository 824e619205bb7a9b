"""An offer: what a press asks for, kept by us so that a card carries an opaque id and no more."""

from dataclasses import dataclass

from bot.domain.people import Actor


@dataclass(frozen=True)
class Offer:
    """A command that one person may ask for; `page` where the press turns a list's page."""

    actor: Actor
    text: str
    page: int | None = None
