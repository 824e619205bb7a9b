"""The few pieces that every card consists of, and their rendering as Block Kit.

Typed text and every name from elsewhere become text elements of a rich text block. Slack shows such
an element literally, so no name can turn into a link, a mention or formatting; invisible characters
are written out (`bot.cards.invisible`). The fallback `text` is escaped as Slack asks, then capped.

Limits: https://docs.slack.dev/reference/block-kit (50 blocks, 3,000 characters, 75 of a button).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.cards.invisible import shown
from bot.cards.rich_text import MAX_TEXT, Block, Line, cap, cell, line_text, paragraphs, plain_text
from bot.domain import phrases
from bot.domain.languages import ENGLISH, Language
from bot.domain.phrases import (
    Anchor,
    Mention,
    Moment,
    Phrase,
    Strong,
    Text,
    msg,
    plural,
    worded,
)

__all__ = (
    "MAX_TEXT",
    "Anchor",
    "Block",
    "Line",
    "Mention",
    "Moment",
    "Phrase",
    "Text",
    "msg",
    "plain_text",
    "plural",
)

Span = phrases.Span

MAX_LABEL = 75
BUTTONS_IN_ROW = 5
"""Slack allows 25; a phone shows five."""
MAX_BUTTONS = 25
"""People don't read through more choices, and a thousand would exceed Slack's 50 blocks."""
MAX_CHOICES = 100
"""Of a menu. An overflow has five at most."""


@dataclass(frozen=True)
class Button:
    """A button that runs a command.

    By default it carries an offer, which works for one person; with `page` the answer replaces the
    card; with `suspect` its command may be a secret. With `request_id` it is on a request's card
    and works for everybody: `command` is then the verb to apply to that request.
    """

    label: Span
    command: str
    page: int | None = None
    style: str | None = None
    request_id: str = ""
    suspect: bool = False


@dataclass(frozen=True)
class Menu:
    """Choices of which each carries an offer, as a button does; `chosen` is what holds now.

    With `more` it is the menu of three dots beside the buttons, for what people seldom do.
    """

    label: Span
    choices: tuple[Button, ...]
    chosen: Button | None = None
    more: bool = False


@dataclass(frozen=True)
class Table:
    """Rows below their heads; `lines` say the same where there is nothing but text."""

    heads: tuple[Phrase, ...]
    rows: tuple[tuple[Span, ...], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Card:
    """Lines, then filters, a table, menus beside buttons."""

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()
    filters: tuple[Menu, ...] = ()
    table: Table | None = None
    menus: tuple[Menu, ...] = ()
    in_row: int = BUTTONS_IN_ROW

    @property
    def said(self) -> tuple[Line, ...]:
        """All that the card says, as lines."""
        return self.lines + (self.table.lines if self.table else ())


@dataclass(frozen=True)
class Message:
    """A card in the form that Slack takes."""

    text: str
    blocks: tuple[Block, ...]


def line(*spans: Span) -> Line:
    """Make a paragraph."""
    return Line(spans)


def item(*spans: Span) -> Line:
    """Make an item of a list."""
    return Line(spans, item=True)


def context(*spans: Span) -> Line:
    """Make small print, a block of its own without any format."""
    return Line(spans, context=True)


def bold(text: str | Phrase) -> Text | Strong:
    """Emphasize a name, a number or a title."""
    return Strong(text) if isinstance(text, Phrase) else Text(text, bold=True)


def code(text: str) -> Text:
    """Set an id or something to type."""
    return Text(text, code=True)


def words(text: str) -> Line:
    """Make a paragraph of an English text from elsewhere; backticks mark what to type."""
    return line(Phrase(text.replace("{", "{{").replace("}", "}}")))


def card(*lines: Line | None, buttons: Sequence[Button] = ()) -> Card:
    """Build a card; None is no line, and surplus buttons become a line that counts them."""
    more = len(buttons) - MAX_BUTTONS
    name_it = plural(
        "And {count} more: type the name of the one you mean.",
        "And {count} more: type the name of the one you mean.",
        more,
    )
    rest = line(name_it) if more > 0 else None
    return Card(tuple(filter(None, (*lines, rest))), tuple(buttons[:MAX_BUTTONS]))


def offering(cards: Sequence[Card]) -> list[Button]:
    """List the buttons and choices that carry an offer."""
    return [it for each in cards for it in _pressed(each) if not it.request_id]


def _pressed(card_: Card) -> list[Button]:
    menus = (*card_.filters, *card_.menus)
    return [*card_.buttons, *(it for menu in menus for it in menu.choices[:MAX_CHOICES])]


def still(card_: Card) -> Card:
    """Give a card without anything to press."""
    return replace(card_, buttons=(), filters=(), menus=())


def joined(cards: Sequence[Card]) -> Card:
    """Put several cards into one, which has no tables."""
    lines = [line_ for each in cards for line_ in each.said]
    both = card(*lines, buttons=[button for each in cards for button in each.buttons])
    return replace(both, menus=tuple(menu for each in cards for menu in each.menus))


def escape(text: str) -> str:
    """Escape for a mrkdwn field, as Slack asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(card_: Card, offers: Sequence[str] = (), language: Language = ENGLISH) -> Message:
    """Render a card; `offers` are the opaque ids for the buttons of `offering`, in order."""
    ids = iter(offers)
    buttons = [_button(each, each.request_id or next(ids), language) for each in card_.buttons]
    filters = [_menu(each, ids, language) for each in card_.filters]
    menus = [_menu(each, ids, language) for each in card_.menus]
    table = [_table(card_.table, language)] if card_.table else []
    size = card_.in_row
    first, rest = buttons[:size], buttons[size:]
    starts = range(0, len(rest), size)
    rows = [first + menus, *(rest[start : start + size] for start in starts)]
    text = cap(escape("\n".join(line_text(each, language) for each in card_.said)), MAX_TEXT)
    said = paragraphs(card_.lines, language)
    return Message(text, (*said, *_rows([filters]), *table, *_rows(rows)))


def _rows(rows: Sequence[list[Block]]) -> list[Block]:
    return [{"type": "actions", "elements": each} for each in rows if each]


def plain(card_: Card) -> str:
    """Write a card for a terminal."""
    return "\n".join(
        f"{'- ' if each.item else ''}{line_text(each, ENGLISH)}" for each in card_.said
    )


OFFER = "offer:"
"""The action id of a button that carries an offer begins with this."""
TURN = "turn:"
"""Likewise where the answer replaces the card."""
REQUEST = "request:"
"""Likewise on a request's card; the verb follows, then the request's id."""


def _button(button: Button, id_: str, language: Language) -> Block:
    request = f"{REQUEST}{button.command}:{id_}"
    block: Block = {
        "type": "button",
        "action_id": request if button.request_id else f"{_prefix(button)}{id_}",
        "text": _label(button.label, language),
        "value": id_,
    }
    return block | ({"style": button.style} if button.style else {})


def _prefix(button: Button) -> str:
    return OFFER if button.page is None else TURN


def _label(label: Span, language: Language) -> Block:
    return plain_text(cap(shown(worded((label), language)), MAX_LABEL) or " ")


def _menu(menu: Menu, ids: Iterator[str], language: Language) -> Block:
    """Draw a menu; the id of its first choice is a part of its own."""
    choices = menu.choices[:MAX_CHOICES]
    options: list[Block] = [
        {"text": _label(each.label, language), "value": next(ids)} for each in choices
    ]
    id_ = f"{_prefix(choices[0])}{options[0]['value']}"
    if menu.more:
        return {"type": "overflow", "action_id": id_, "options": options}
    chosen = [options[at] for at, each in enumerate(choices) if each == menu.chosen]
    block: Block = {
        "type": "static_select",
        "action_id": id_,
        "placeholder": _label(menu.label, language),
        "options": options,
    }
    return block | ({"initial_option": chosen[0]} if chosen else {})


def _table(table: Table, language: Language) -> Block:
    rows: Sequence[Sequence[Span]] = (table.heads, *table.rows)
    cells = [[cell((span), language) for span in row] for row in rows]
    return {"type": "table", "rows": cells}
