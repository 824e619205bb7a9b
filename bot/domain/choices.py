"""Choices: what a form offers a person to choose from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MOST: Final = 100
"""Options in one menu, by Slack."""


@dataclass(frozen=True)
class Choice:
    """One value: its label, and the text that a person could type in its place."""

    label: str
    value: str


def matching(choices: Iterable[Choice], typed: str) -> tuple[Choice, ...]:
    """Choose those in which every typed word stands, those that begin with the text first."""
    words, start = typed.casefold().split(), typed.casefold().strip()
    found = [
        each
        for each in choices
        if all(word in f"{each.label} {each.value}".casefold() for word in words)
    ]
    found.sort(key=lambda each: not each.label.casefold().startswith(start))
    return tuple(found[:MOST])


def as_typed(typed: str) -> tuple[Choice, ...]:
    """Offer the typed text itself, where what it may mean is not known."""
    text = typed.strip()
    return (Choice(f"Use “{text}”", text),) if text else ()
