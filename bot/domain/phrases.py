"""What Keysmith tells people, before it is put in a language.

A phrase is a gettext message in English, with `{name}` where a value goes and backticks around what
to type. A value is never a part of the message, so nothing typed can be translated or formatted.
`make messages` collects every message from the calls of `msg` and `plural`; `bot/locale` has their
translations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from string import Formatter
from typing import Union

from bot.domain.languages import ENGLISH, Joint, Language


@dataclass(frozen=True)
class Text:
    """A run of text from elsewhere, shown literally in every language."""

    text: str
    bold: bool = False
    code: bool = False


@dataclass(frozen=True)
class Moment:
    """A time: relative, or `exact` in the reader's time zone where it is a date to remember."""

    at: datetime
    exact: bool = False


@dataclass(frozen=True)
class Mention:
    """A Slack user, or a channel by its id."""

    user_id: str


@dataclass(frozen=True)
class Anchor:
    """A link; its URL is in the block only, never in the fallback text."""

    label: "Phrase"
    url: str = field(repr=False)


@dataclass(frozen=True)
class Phrase:
    """A message and the values of its placeholders; with `many`, `count` chooses the form."""

    one: str
    fields: tuple[tuple[str, "Span"], ...] = ()
    many: str = ""
    count: int = 1

    def fill(self, **fields: "Span") -> "Phrase":
        """Give the phrase more values."""
        return replace(self, fields=(*self.fields, *fields.items()))

    def __str__(self) -> str:
        return worded(self)


@dataclass(frozen=True)
class Strong:
    """A phrase that is emphasized, such as a title."""

    phrase: Phrase


@dataclass(frozen=True)
class Capital:
    """A phrase that begins a line here and stands within one elsewhere, such as a state."""

    phrase: Phrase


@dataclass(frozen=True)
class Lasting:
    """A length of time, in words."""

    time: timedelta


@dataclass(frozen=True)
class Listed:
    """Several values in one sentence: `a, b and c`."""

    spans: tuple["Span", ...]
    joint: Joint = "and"


Plain = Text | Moment | Mention | Anchor
"""What a sentence consists of in one language."""
Span = Union[Plain, Phrase, Strong, Capital, Lasting, Listed]  # noqa: UP007  # the names in quotes need it


def msg(message: str, **fields: Span) -> Phrase:
    """Make a phrase; `message` has to be a literal, so that `make messages` finds it."""
    return Phrase(message, tuple(fields.items()))


def plural(one: str, many: str, count: int, **fields: Span) -> Phrase:
    """Make a phrase about a number; both literals may have `{count}`."""
    return Phrase(one, (("count", Text(str(count))), *fields.items()), many, count)


def spread(span: Span, language: Language) -> Iterator[Plain]:
    """Put a span in a language."""
    match span:
        case Phrase():
            yield from _phrase(span, language)
        case Strong(phrase):
            for each in spread(phrase, language):
                yield replace(each, bold=True) if isinstance(each, Text) else each
        case Capital(phrase):
            for at, each in enumerate(spread(phrase, language)):
                yield each if at else _capital(each)
        case Lasting(time):
            yield Text(language.lasting(time))
        case Listed():
            yield from _listed(span, language)
        case _:
            yield span


def _phrase(phrase: Phrase, language: Language) -> Iterator[Plain]:
    fields = dict(phrase.fields)
    if phrase.many:
        message = language.many(phrase.one, phrase.many, phrase.count)
    else:
        message = language.one(phrase.one)
    for at, part in enumerate(message.split("`")):
        filled = _filled(part, fields, language)
        if at % 2:
            yield Text("".join(_words(each, language) for each in filled), code=True)
        else:
            yield from filled


@lru_cache(4_096)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """Cut a part of a message at its placeholders."""
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(template))


def _filled(template: str, fields: Mapping[str, Span], language: Language) -> Iterator[Plain]:
    for literal, name in _parts(template):
        if literal:
            yield Text(literal)
        if name:
            yield from spread(fields[name], language)


def _capital(plain: Plain) -> Plain:
    if not isinstance(plain, Text):
        return plain
    return replace(plain, text=plain.text[:1].upper() + plain.text[1:])


def _listed(listed: Listed, language: Language) -> Iterator[Plain]:
    for left, span in enumerate(listed.spans, 1 - len(listed.spans)):
        yield from spread(span, language)
        if left:
            yield Text(language.between(listed.joint, last=left == -1))


def _words(plain: Plain, language: Language) -> str:
    """Write a part of a sentence where there is nothing but text."""
    match plain:
        case Text(text):
            return text
        case Moment(at):
            return language.moment(at)
        case Mention(user_id):
            return f"@{user_id}"
        case Anchor(label):
            return worded(label, language)


def worded(span: Span, language: Language = ENGLISH) -> str:
    """Write a span where there is nothing but text."""
    return "".join(_words(each, language) for each in spread(span, language))
