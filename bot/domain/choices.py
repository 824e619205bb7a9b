"""Choices: what a form offers a person to choose from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.languages import Language
from bot.domain.phrases import Phrase, Span, Text, msg, worded

MOST: Final = 100
"""Options in one menu, by Slack."""
LATER: Final = "…"
"""The value of the option that stands for a menu that could not be read in time."""


@dataclass(frozen=True)
class Choice:
    """One value: its label, and the text that a person could type in its place."""

    label: Span
    value: str
    note: Span | None = None
    """A line below the label."""


def named(text: str) -> Choice:
    """Offer a text that stands for itself."""
    return Choice(Text(text), text)


@dataclass(frozen=True)
class Found:
    """Choices that match, as many as a menu takes, and how many match."""

    choices: tuple[Choice, ...] = ()
    total: int = 0
    late: bool = False
    """Whether some may be missing that could not be read in time."""

    @property
    def hint(self) -> Phrase | None:
        """Say that there are more."""
        if self.late:
            return msg("Some may be missing. Type a name, or open this menu again.")
        shown, total = Text(str(len(self.choices))), Text(f"{self.total:,}")
        more = self.total > len(self.choices)
        return (
            msg("First {shown} of {total}. Type to search.", shown=shown, total=total)
            if more
            else None
        )


def matching(choices: Iterable[Choice], typed: str, language: Language) -> Found:
    """Choose those in which every typed word stands, those that begin with the text first."""
    words, start = typed.casefold().split(), typed.casefold().strip()
    labels = [(worded(each.label, language).casefold(), each) for each in choices]
    found = [
        (label, each)
        for label, each in labels
        if all(word in f"{label} {each.value}".casefold() for word in words)
    ]
    found.sort(key=lambda each: not each[0].startswith(start))
    return Found(tuple(each for _, each in found[:MOST]), len(found))


def some(choices: Iterable[Choice], typed: str, language: Language) -> Found:
    """Choose among those that were read in time, or the typed text."""
    found = matching(choices, typed, language)
    if not found.choices:
        return unread(typed)
    return Found((*found.choices[: MOST - 1], *as_typed(typed)), found.total, late=True)


def unread(typed: str) -> Found:
    """Offer the typed text, or say how to go on, where nothing could be read in time."""
    later = Choice(msg("Not loaded yet. Type a name, or open this menu again."), LATER)
    return Found(as_typed(typed) or (later,))


def as_typed(typed: str) -> tuple[Choice, ...]:
    """Offer the typed text itself, where what it may mean is not known."""
    text = typed.strip()
    return (Choice(msg("Use “{text}”", text=Text(text)), text),) if text else ()
