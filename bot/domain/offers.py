"""Offers: the commands behind buttons, stored so that a card carries an opaque id only."""

from dataclasses import dataclass, field

from bot.domain.people import Actor


@dataclass(frozen=True)
class Offer:
    """A command that one person may run by a press; `page` for a press that turns a list's page.

    `suspect` is true for a text that looks like a secret, until its person says that it is none.
    """

    actor: Actor
    text: str = field(repr=False)
    page: int | None = None
    suspect: bool = False
