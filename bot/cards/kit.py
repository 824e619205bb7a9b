"""The few pieces that every card consists of, and their rendering as Block Kit.

Typed text and every name from elsewhere become text elements of a rich text block. Slack shows such
an element literally, so no name can turn into a link, a mention or formatting; invisible characters
are written out (`bot.cards.invisible`). The fallback `text` is escaped as Slack asks, then capped.

Limits: https://docs.slack.dev/reference/block-kit (50 blocks, 3,000 characters, 75 of a button).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.cards.invisible import shown
from bot.domain import phrases
from bot.domain.languages import ENGLISH, Language
from bot.domain.phrases import (
    Anchor,
    Mention,
    Moment,
    Phrase,
    Plain,
    Text,
    msg,
    plural,
    spread,
    worded,
)

__all__ = ("Anchor", "Mention", "Moment", "Phrase", "Text", "msg", "plural")

Span = phrases.Span | str
"""A part of a line. A `str` is shown literally, as a `Text` is; it is never translated."""
Block = dict[str, object]

MAX_TEXT = 3_000
MAX_SPAN = 1_000
MAX_LABEL = 75
BUTTONS_IN_ROW = 5
"""Slack allows 25; a phone shows five."""
MAX_BUTTONS = 25
"""People don't read through more choices, and a thousand would exceed Slack's 50 blocks."""


@dataclass(frozen=True)
class Line:
    """A paragraph, an item of a list, or small print."""

    spans: tuple[phrases.Span, ...]
    item: bool = False
    context: bool = False


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
class Card:
    """Lines, then buttons."""

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Message:
    """A card in the form that Slack takes."""

    text: str
    blocks: tuple[Block, ...]


def line(*spans: Span) -> Line:
    """Make a paragraph."""
    return Line(tuple(map(_span, spans)))


def item(*spans: Span) -> Line:
    """Make an item of a list."""
    return Line(tuple(map(_span, spans)), item=True)


def context(*spans: Span) -> Line:
    """Make small print, a block of its own without any format."""
    return Line(tuple(map(_span, spans)), context=True)


def _span(span: Span) -> phrases.Span:
    return Text(span) if isinstance(span, str) else span


def bold(text: str) -> Text:
    """Emphasize a name or a number."""
    return Text(text, bold=True)


def code(text: str) -> Text:
    """Set an id or something to type."""
    return Text(text, code=True)


def words(text: str) -> Line:
    """Make a paragraph of Keysmith's own words, in which backticks mark what to type."""
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
    """List the buttons that carry an offer."""
    return [button for each in cards for button in each.buttons if not button.request_id]


def escape(text: str) -> str:
    """Escape for a mrkdwn field, as Slack asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(card_: Card, offers: Sequence[str] = (), language: Language = ENGLISH) -> Message:
    """Render a card; `offers` are the opaque ids for the buttons of `offering`, in order."""
    ids = iter(offers)
    buttons = [_button(each, each.request_id or next(ids), language) for each in card_.buttons]
    starts = range(0, len(buttons), BUTTONS_IN_ROW)
    rows: list[Block] = [
        {"type": "actions", "elements": buttons[start : start + BUTTONS_IN_ROW]} for start in starts
    ]
    fallback = "\n".join(_line_text(each, language) for each in card_.lines)
    text = _cap(escape(fallback), MAX_TEXT)
    return Message(text, (*_paragraphs(card_.lines, language), *rows))


def plain(card_: Card) -> str:
    """Write a card for a terminal."""
    return "\n".join(
        f"{'- ' if each.item else ''}{_line_text(each, ENGLISH)}" for each in card_.lines
    )


def plain_text(text: str) -> Block:
    """Make Slack's object for text without formatting."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _line_text(line_: Line, language: Language) -> str:
    return "".join(shown(worded(span, language)) for span in line_.spans)


def _cap(text: str, limit: int) -> str:
    """Shorten a text, but not in the middle of an escaped character."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    entity = cut.rfind("&", len(cut) - len("&amp;"))
    return (cut[:entity] if entity >= 0 and ";" not in cut[entity:] else cut) + "…"


def _paragraphs(lines: Sequence[Line], language: Language) -> Iterator[Block]:
    for small, group in groupby(lines, key=lambda each: each.context):
        if small:
            small_print = [_cap(_line_text(each, language), MAX_TEXT) or " " for each in group]
            yield {"type": "context", "elements": [plain_text(each) for each in small_print]}
        else:
            yield _rich_text(list(group), language)


def _rich_text(lines: Sequence[Line], language: Language) -> Block:
    elements: list[Block] = []
    for is_list, group in groupby(lines, key=lambda each: each.item):
        sections = [_section(each, language) for each in group]
        if is_list:
            sections = [{"type": "rich_text_list", "style": "bullet", "elements": sections}]
        elements += sections
    return {"type": "rich_text", "elements": elements}


def _section(line_: Line, language: Language) -> Block:
    spans = [plain for span in line_.spans for plain in spread(span, language)]
    elements = [_element(plain, language) for plain in spans if plain != Text("")]
    if not line_.item:  # Slack runs sections together unless each ends its line
        elements.append({"type": "text", "text": "\n"})
    return {"type": "rich_text_section", "elements": elements}


def _element(span: Plain, language: Language) -> Block:
    match span:
        case Text(text, bold_, code_):
            styles = {"bold": bold_, "code": code_}
            style = {name: True for name, on in styles.items() if on}
            seen = _cap(shown(text), MAX_SPAN) or " "
            return {"type": "text", "text": seen} | ({"style": style} if style else {})
        case Moment(at, exact):
            return {
                "type": "date",
                "timestamp": int(at.timestamp()),
                "format": "{date_short_pretty} at {time}" if exact else "{ago}",
                "fallback": language.moment(at),
            }
        case Mention(user_id):
            return {"type": "user", "user_id": user_id}
        case Anchor(label, url):
            return {"type": "link", "url": url, "text": worded(label, language)}


OFFER = "offer:"
"""The action id of a button that carries an offer begins with this."""
TURN = "turn:"
"""Likewise where the answer replaces the card."""
REQUEST = "request:"
"""Likewise on a request's card; the verb follows, then the request's id."""


def _button(button: Button, id_: str, language: Language) -> Block:
    prefix = OFFER if button.page is None else TURN
    block: Block = {
        "type": "button",
        "action_id": f"{REQUEST}{button.command}:{id_}" if button.request_id else f"{prefix}{id_}",
        "text": plain_text(_cap(shown(worded(_span(button.label), language)), MAX_LABEL)),
        "value": id_,
    }
    return block | ({"style": button.style} if button.style else {})
