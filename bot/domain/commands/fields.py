"""Typed arguments and options of commands.

A kind owns all that concerns one sort of value: reading it from text, writing it so that it reads
back the same, its length, how a modal asks for it, and the sentence for a text that is no such
value. Canonical texts are stored, so what `write` returns must stay readable by `parse` for good.
"""

import keyword
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain import durations

MAX_NAME: Final = 128
"""Characters of a name. Cloudinary publishes no limit; this fits a card's line."""
MAX_PROSE: Final = 500
"""Characters of a reason, a comment or a question: a card shows all of it."""
FLAGGED: Final = "yes"
"""The text of a flag that is given; people never type it."""

_MENTION: Final = re.compile(r"@?[UW][A-Z0-9]{2,}")
"""A person as Slack writes one; anything else names no one for certain."""
_DAYS: Final = re.compile(r"([0-9]{1,5})d")

Value = str | int | timedelta | bool


@dataclass(frozen=True)
class Input:
    """The element of a modal that asks for a value."""

    max_length: int
    multiline: bool


@dataclass(frozen=True)
class Text:
    """A word, taken as it stands; the base of every kind."""

    limit: int = MAX_NAME
    multiline: bool = False
    asked: bool = True
    """Whether modals ask for it."""
    problem: str = ""
    """The sentence for a text that `parse` cannot read."""

    @property
    def input(self) -> Input | None:
        """The element that asks for it in a modal; None where modals leave it out."""
        return Input(self.limit, self.multiline) if self.asked else None

    def parse(self, text: str) -> Value | None:
        """Read a text that is neither blank nor too long; None where it is no such value."""
        return text

    def write(self, value: Value) -> str:
        """Write a value so that `parse` returns it."""
        return str(value)


@dataclass(frozen=True)
class KeyName(Text):
    """The name of an access key, or its API key."""


@dataclass(frozen=True)
class Environment(Text):
    """The name, cloud name or id of a product environment."""


@dataclass(frozen=True)
class Reference(Text):
    """The id of what a modal is opened for, so the modal does not ask for it."""

    asked: bool = False


@dataclass(frozen=True)
class Prose(Text):
    """Sentences: a reason, a comment, a question."""

    limit: int = MAX_PROSE
    multiline: bool = True


@dataclass(frozen=True)
class Person(Text):
    """A Slack user, as a mention."""

    problem: str = "That wants a person: type @ and choose one."

    def parse(self, text: str) -> Value | None:
        """Read a mention."""
        return text if _MENTION.fullmatch(text) else None


@dataclass(frozen=True)
class Choice(Text):
    """One of a few words, or a text of one pattern."""

    words: tuple[str, ...] = ()
    pattern: str = ""

    def parse(self, text: str) -> Value | None:
        """Read one of the words, or what the pattern matches."""
        return text if text in self.words or re.fullmatch(self.pattern, text) else None


@dataclass(frozen=True)
class Duration(Text):
    """A length of time, such as 12h or 7d."""

    problem: str = "--{name} wants a time such as 12h or 7d."

    def parse(self, text: str) -> Value | None:
        """Read one between a minute and a hundred years."""
        return durations.read(text)

    def write(self, value: Value) -> str:
        """Write it in the largest unit that it is a multiple of."""
        return durations.write(value) if isinstance(value, timedelta) else str(value)


@dataclass(frozen=True)
class Days(Text):
    """A number of days, such as 90d."""

    problem: str = f"--{{name}} wants a number of days up to {durations.MAX_DAYS}, such as 90d."

    def parse(self, text: str) -> Value | None:
        """Read a number of days that date arithmetic can take."""
        found = _DAYS.fullmatch(text)
        days = int(found.group(1)) if found else 0
        return days if 0 < days <= durations.MAX_DAYS else None

    def write(self, value: Value) -> str:
        """Write the number with its unit."""
        return f"{value}d"


@dataclass(frozen=True)
class Flag(Text):
    """An option without a value: given or not."""

    asked: bool = False

    def parse(self, text: str) -> Value | None:
        """Read that it is given."""
        return bool(text)

    def write(self, value: Value) -> str:
        """Write that it is given; a flag that is not is left out."""
        return FLAGGED if value else ""


@dataclass(frozen=True)
class Field:
    """One argument or option: its name as it is typed, its kind, and its label in a modal."""

    name: str
    kind: Text = Text()
    label: str = ""
    hint: str = ""

    @property
    def attribute(self) -> str:
        """The command's attribute that holds the value; Python's own words get an underscore."""
        return f"{self.name}_" if keyword.iskeyword(self.name) else self.name

    def problem(self, text: str) -> str | None:
        """What is wrong with a text, in a sentence; None where the kind can read it."""
        if not text.strip():
            return f"The {self.name} is empty."
        if len(text) > self.kind.limit:
            return f"The {self.name} is longer than {self.kind.limit} characters."
        return self.kind.problem.format(name=self.name) if self.kind.parse(text) is None else None


ENV: Final = Field("env", Environment(), "Product environment", "Left out where only one matches")
NAME: Final = Field("name", KeyName(), "Name", "ci-bot")
CONFIRM: Final = Field(
    "confirm", KeyName(), "The key's name, typed", "As it stands, letter by letter"
)
REASON: Final = Field("reason", Prose(), "Why", "INC-42: rotate after leak")
EMERGENCY: Final = Field("emergency", Flag())
