"""Lines as Slack's rich text, in which nothing typed is more than text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bot.cards.invisible import shown
from bot.domain.languages import Language
from bot.domain.phrases import Anchor, Mention, Moment, Plain, Span, Text, spread, worded

Block = dict[str, object]

MAX_TEXT = 3_000
MAX_SPAN = 1_000
_DATE: Final = {"en": "{date_short_pretty} at {time}"}
_ANYWHERE: Final = "{date_short_pretty}, {time}"
"""Slack writes the date and the time in the reader's language; what joins them is ours."""


@dataclass(frozen=True)
class Line:
    """A paragraph, an item of a list, or small print."""

    spans: tuple[Span, ...]
    item: bool = False
    context: bool = False


def line_text(line_: Line, language: Language) -> str:
    """Write a line where there is nothing but text."""
    return "".join(shown(worded(span, language)) for span in line_.spans)


def cap(text: str, limit: int) -> str:
    """Shorten a text, but not in the middle of an escaped character."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    entity = cut.rfind("&", len(cut) - len("&amp;"))
    return (cut[:entity] if entity >= 0 and ";" not in cut[entity:] else cut) + "…"


def plain_text(text: str) -> Block:
    """Make Slack's object for text without formatting."""
    return {"type": "plain_text", "text": text, "emoji": False}


def paragraphs(lines: Sequence[Line], language: Language) -> Iterator[Block]:
    """Draw lines as blocks: small print is a block of its own."""
    for small, group in groupby(lines, key=lambda each: each.context):
        if small:
            small_print = [cap(line_text(each, language), MAX_TEXT) or " " for each in group]
            yield {"type": "context", "elements": [plain_text(each) for each in small_print]}
        else:
            yield rich_text(list(group), language)


def rich_text(lines: Sequence[Line], language: Language) -> Block:
    """Draw lines."""
    elements: list[Block] = []
    for is_list, group in groupby(lines, key=lambda each: each.item):
        sections = [_section(each, language) for each in group]
        if is_list:
            sections = [{"type": "rich_text_list", "style": "bullet", "elements": sections}]
        elements += sections
    return {"type": "rich_text", "elements": elements}


def cell(span: Span, language: Language) -> Block:
    """Draw a cell of a table, which Slack does not take empty."""
    spans = [plain for plain in spread(span, language) if plain != Text("")] or [Text("-")]
    elements = [_element(plain, language) for plain in spans]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


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
            seen = cap(shown(text), MAX_SPAN) or " "
            return {"type": "text", "text": seen} | ({"style": style} if style else {})
        case Moment(at, exact):
            return {
                "type": "date",
                "timestamp": int(at.timestamp()),
                "format": _DATE.get(language.code, _ANYWHERE) if exact else "{ago}",
                "fallback": language.moment(at),
            }
        case Mention(id_) if id_.startswith(("C", "G")):
            return {"type": "channel", "channel_id": id_}
        case Mention(user_id):
            return {"type": "user", "user_id": user_id}
        case Anchor(label, url):
            text = worded(label, language)
            return {"type": "link", "url": url, "text": text, "style": {"bold": True}}
