"""What long lists share: the buttons that turn pages, and how many more there are."""

from collections.abc import Sequence
from typing import Final

from bot.cards.kit import Button, Phrase, Text, msg, plural
from bot.domain.commands.grammar import write
from bot.domain.commands.registry import Command
from bot.domain.environments import Environment
from bot.domain.pages import Page
from bot.domain.phrases import Listed, Span

SHOWN: Final = 20
"""Items on a page of a list."""
NAMED: Final = 10
"""Things that one line names."""


def turns(command: Command, page: int, pages: int) -> list[Button]:
    """Turn to the page before and to the next one; the answer replaces the card."""
    text = write(command)
    before = [Button(msg("Previous"), text, page - 1)] if page > 0 else []
    return before + ([Button(msg("Next"), text, page + 1)] if page + 1 < pages else [])


def numbered(page: Page[Environment]) -> Phrase:
    """Say which page of several this is."""
    number, of = Text(str(page.number + 1)), Text(str(page.pages))
    return msg("Page {page} of {pages}.", page=number, pages=of)


def few(spans: Sequence[Span]) -> Listed:
    """Name the first of many, and say how many others there are."""
    rest = len(spans) - NAMED
    more = (plural("{count} more", "{count} more", rest),) if rest > 0 else ()
    return Listed((*spans[:NAMED], *more), "and")
