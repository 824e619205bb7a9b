"""The few pieces that every card is made of, and how they become Block Kit.

What a person typed, and every name that came from elsewhere, is a text element of a rich text
block: Slack renders it as it stands, so it can't become a link, a mention or formatting; what does
not show is written out (`bot.cards.invisible`). The fallback `text` is escaped as Slack asks, and
capped after escaping.

Limits: https://docs.slack.dev/reference/block-kit (50 blocks, 3,000 characters, 75 of a button).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.invisible import shown

Block = dict[str, object]

MAX_TEXT = 3_000
MAX_SPAN = 1_000
MAX_LABEL = 75
BUTTONS_IN_ROW = 5
"""Slack allows 25; five are what a phone shows."""
MAX_BUTTONS = 25
"""More choices than these nobody looks through, and a thousand would burst the 50 blocks."""


@dataclass(frozen=True)
class Text:
    """A run of text, shown literally."""

    text: str
    bold: bool = False
    code: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Moment:
    """A time: relative, or where it is a date to keep, exact in the reader's zone."""

    at: datetime
    exact: bool = False


@dataclass(frozen=True)
class Mention:
    """A Slack user."""

    user_id: str


@dataclass(frozen=True)
class Anchor:
    """A link; its URL stands in the block alone, never in the fallback text."""

    label: str
    url: str


Span = Text | Moment | Mention | Anchor | str


@dataclass(frozen=True)
class Line:
    """One line; `item` sets it as an item of a list."""

    spans: tuple[Span, ...]
    item: bool = False


@dataclass(frozen=True)
class Button:
    """A button that asks for a command; one that turns a page replaces the card.

    One that stands on a request's card names the request in `request_id` and works for everybody;
    what it asks for is this verb, of that request.
    """

    label: str
    command: str
    page: int | None = None
    style: str | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Card:
    """What is said: lines, and what may be pressed next."""

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Message:
    """A card as Slack takes it."""

    text: str
    blocks: tuple[Block, ...]


def line(*spans: Span) -> Line:
    """Make a paragraph."""
    return Line(spans)


def item(*spans: Span) -> Line:
    """Make an item of a list."""
    return Line(spans, item=True)


def bold(text: str) -> Text:
    """Set a name or a number apart."""
    return Text(text, bold=True)


def code(text: str) -> Text:
    """Set what is typed, or an id."""
    return Text(text, code=True)


def words(text: str) -> Line:
    """Make a paragraph of our own words, in which backticks set off what is typed."""
    parts = text.split("`")
    return Line(tuple(code(part) if at % 2 else part for at, part in enumerate(parts)))


def card(*lines: Line, buttons: Sequence[Button] = ()) -> Card:
    """Put lines and buttons together; the buttons that are too many are told of."""
    more = len(buttons) - MAX_BUTTONS
    rest = (line(f"And {more} more: type the name of the one you mean."),) if more > 0 else ()
    return Card((*lines, *rest), tuple(buttons[:MAX_BUTTONS]))


def escape(text: str) -> str:
    """Escape for a mrkdwn field, as Slack asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(card_: Card, offers: Sequence[str] = ()) -> Message:
    """Make the message; `offers` are the opaque ids of the buttons that are offers, in order."""
    blocks = [_rich_text(card_.lines)]
    given = iter(offers)
    pairs = [(button, button.request_id or next(given)) for button in card_.buttons]
    for start in range(0, len(pairs), BUTTONS_IN_ROW):
        row = pairs[start : start + BUTTONS_IN_ROW]
        blocks.append({"type": "actions", "elements": [_button(*pair) for pair in row]})
    return Message(fallback(card_), tuple(blocks))


def fallback(card_: Card) -> str:
    """What a notification shows and a screen reader reads."""
    return _cap(escape("\n".join(map(_text, card_.lines))), MAX_TEXT)


def plain(card_: Card) -> str:
    """What a terminal shows."""
    return "\n".join(f"- {_text(each)}" if each.item else _text(each) for each in card_.lines)


def _text(line_: Line) -> str:
    return "".join(shown(_plain(span)) for span in line_.spans)


def _cap(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    entity = cut.rfind("&", len(cut) - len("&amp;"))
    return (cut[:entity] if entity >= 0 and ";" not in cut[entity:] else cut) + "…"


def _plain(span: Span) -> str:
    match span:
        case str():
            return span
        case Text(text):
            return text
        case Moment(at):
            return f"{at:%-d %B %Y %H:%M} UTC"
        case Mention(user_id):
            return f"@{user_id}"
        case Anchor(label):
            return label


def _rich_text(lines: Sequence[Line]) -> Block:
    elements: list[Block] = []
    for each in lines:
        section: Block = {
            "type": "rich_text_section",
            "elements": [_element(span) for span in each.spans if span != ""],
        }
        if not each.item:
            elements.append(_ended(section))
        elif elements and elements[-1]["type"] == "rich_text_list":
            _items(elements[-1]).append(section)
        else:
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": [section]})
    return {"type": "rich_text", "elements": elements}


def _ended(section: Block) -> Block:
    """Sections run into one another unless each ends its line."""
    _items(section).append({"type": "text", "text": "\n"})
    return section


def _items(block: Block) -> list[Block]:
    found = block["elements"]
    assert isinstance(found, list)  # noqa: S101  # built above
    return found


def _element(span: Span) -> Block:
    match span:
        case str():
            return {"type": "text", "text": _cap(shown(span), MAX_SPAN)}
        case Text(text, bold_, code_, italic_):
            styles = {"bold": bold_, "code": code_, "italic": italic_}
            style = {name: True for name, on in styles.items() if on}
            seen = _cap(shown(text), MAX_SPAN) or " "
            return {"type": "text", "text": seen} | ({"style": style} if style else {})
        case Moment(at, exact):
            return {
                "type": "date",
                "timestamp": int(at.timestamp()),
                "format": "{date_short_pretty} at {time}" if exact else "{ago}",
                "fallback": _plain(span),
            }
        case Mention(user_id):
            return {"type": "user", "user_id": user_id}
        case Anchor(label, url):
            return {"type": "link", "url": url, "text": label}


OFFER = "offer:"
"""What the action id of a button begins with."""
TURN = "turn:"
"""What it begins with where the answer takes the card's place."""
REQUEST = "request:"
"""What it begins with on a request's card; the verb follows, then the request's id."""


def _action_id(button: Button, offer: str) -> str:
    if button.request_id:
        return f"{REQUEST}{button.command}:{offer}"
    return f"{OFFER if button.page is None else TURN}{offer}"


def _button(button: Button, offer: str) -> Block:
    block: Block = {
        "type": "button",
        "action_id": _action_id(button, offer),
        "text": {
            "type": "plain_text",
            "text": _cap(shown(button.label), MAX_LABEL),
            "emoji": False,
        },
        "value": offer,
    }
    if button.style:
        block["style"] = button.style
    return block
