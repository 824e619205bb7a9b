"""Fields: the arguments and options of commands.

The kind of a field parses its text, writes it back, limits its length, and says how a form asks for
it. Canonical texts are stored, so `parse` must accept forever what `write` once returned.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from bot.domain import durations
from bot.domain.passphrases import LENGTH
from bot.domain.phrases import Phrase, Span, Text, msg, plural

MAX_NAME: Final = 128
"""Characters of a name. Cloudinary publishes no limit; this fits a card's line."""
MAX_PROSE: Final = 500
"""Characters of a reason, a comment or a question: a card shows all of it."""
FLAGGED: Final = "yes"
"""The text of a flag that is given; people never type it."""

Value = str | int | timedelta | bool


class Ask(StrEnum):
    """How a form asks for a value: by typing, or by choosing from what the person may see.

    TYPED_NAME is drawn where a card demands it, and NOTHING never. What is typed for PASSPHRASE is
    no text of the command, which has only that there is one.
    """

    TEXT = "text"
    PROSE = "prose"
    ENVIRONMENT = "environment"
    ENVIRONMENTS = "environments"
    KEY = "key"
    KEYS = "keys"
    REQUEST = "request"
    PERSON = "person"
    DURATION = "duration"
    ROLE = "role"
    GROUP = "group"
    CHOICE = "choice"
    CHOICES = "choices"
    TYPED_NAME = "typed_name"
    PASSPHRASE = "passphrase"  # noqa: S105  # a kind of field
    NOTHING = "nothing"


SEARCHED: Final = frozenset(
    {Ask.ENVIRONMENT, Ask.ENVIRONMENTS, Ask.KEY, Ask.KEYS, Ask.REQUEST, Ask.ROLE, Ask.GROUP}
)
"""Values that are searched for among those that the person may see."""
MOST_PLACES: Final = 5
"""Environments in one command."""


@dataclass(frozen=True)
class Kind:
    """A kind of value; the defaults are those of a name."""

    parse: Callable[[str], Value | None] = str
    """Reads a text that is neither blank nor too long; None if it is not of this kind."""
    write: Callable[..., str] = str
    """Writes a value so that `parse` returns it."""
    problem: Phrase | None = None
    """What to say of a text that `parse` rejects; `{name}` is the field as people type it."""
    limit: int = MAX_NAME
    """Characters."""
    ask: Ask = Ask.TEXT
    choices: tuple[str, ...] = ()
    """All values, where there are few."""

    @property
    def flag(self) -> bool:
        """Whether an option of this kind has no value."""
        return self.parse is bool


def matching(pattern: str) -> Callable[[str], str | None]:
    """Return a parser for texts that match a pattern as a whole."""
    return lambda text: text if re.fullmatch(pattern, text) else None


def _days(text: str) -> int | None:
    found = re.fullmatch("([0-9]{1,5})d", text)
    days = int(found[1]) if found else 0
    return days if 0 < days <= durations.MAX_DAYS else None


TEXT: Final = Kind()
REFERENCE: Final = Kind(ask=Ask.NOTHING)
"""The id of what a command is offered for."""
ENVIRONMENT: Final = Kind(ask=Ask.ENVIRONMENT)
ENVIRONMENTS: Final = Kind(limit=MOST_PLACES * (MAX_NAME + 2), ask=Ask.ENVIRONMENTS)
"""One environment or several, with commas between them."""
KEY: Final = Kind(ask=Ask.KEY)
ROLE: Final = Kind(ask=Ask.ROLE)
"""The role of a key: its id, the last part of that, its name, or its reference."""
GROUP: Final = Kind(ask=Ask.GROUP)
"""A user group of the account: its name or its id."""
TYPED_NAME: Final = Kind(ask=Ask.TYPED_NAME)
PROSE: Final = Kind(limit=MAX_PROSE, ask=Ask.PROSE)
PERSON: Final = Kind(
    matching("@?[UW][A-Z0-9]{2,}"),
    problem=msg("Choose a person: type `@` and a name."),
    ask=Ask.PERSON,
)
"""A Slack user, as a mention; any other text may mean several people, so a form asks which."""
ACCOUNT_USER: Final = Kind(ask=Ask.PERSON)
"""A user of the account: a mention, an email or a Cloudinary id."""
DURATION: Final = Kind(
    durations.read,
    durations.write,
    msg("`{name}` needs a time such as `12h` or `7d`."),
    ask=Ask.DURATION,
)
DAYS: Final = Kind(
    _days,
    "{}d".format,
    msg(
        "`{name}` needs a number of days up to {most}, such as `90d`.",
        most=Text(str(durations.MAX_DAYS)),
    ),
)
FLAG: Final = Kind(bool, lambda given: FLAGGED if given else "", ask=Ask.NOTHING)
"""An option without a value."""
PASSPHRASE: Final = replace(FLAG, ask=Ask.PASSPHRASE)
"""Whether a link asks for a passphrase, which a form asks for."""


@dataclass(frozen=True)
class Field:
    """One argument or option: its name as people type it, its kind, its label in a modal.

    A command annotates each of its attributes with the attribute's field.
    """

    name: str
    kind: Kind = TEXT
    label: Phrase | None = None
    hint: Span | None = None
    """What an empty input shows: what to do, or an example."""
    positional: bool = False
    """An argument: the value alone is typed. Otherwise `--name value`."""
    offered: bool = False
    """Written by buttons and forms alone: no usage shows it."""

    def problem(self, text: str) -> Phrase | None:
        """Return what is wrong with a text; None if nothing is."""
        name, limit = Text(self.name if self.positional else f"--{self.name}"), self.kind.limit
        if not text.strip():
            return msg("`{name}` is empty.", name=name)
        if len(text) > limit:
            return plural(
                "`{name}` is longer than {count} character.",
                "`{name}` is longer than {count} characters.",
                limit,
                name=name,
            )
        wrong = self.kind.problem if self.kind.parse(text) is None else None
        return wrong.fill(name=name) if wrong else None


ENV: Final = Field("env", ENVIRONMENT, msg("Product environment"), msg("Choose an environment"))
CONFIRM: Final = Field("confirm", TYPED_NAME, msg("Name to confirm"), msg("Type the key's name"))
REASON: Final = Field("reason", PROSE, msg("Reason"), msg("INC-42: why it is needed"))

Name = Annotated[str, Field("name", TEXT, msg("Name"), Text("ci-bot"), positional=True)]
KeyName = Annotated[str, Field("name", KEY, msg("Key"), msg("Choose a key"), positional=True)]
Env = Annotated[str | None, ENV]
KeyEnv = Annotated[str | None, replace(ENV, kind=REFERENCE)]
"""The environment of a chosen key: forms offer each key with its environment."""
RoleName = Annotated[
    str | None, Field("role", ROLE, msg("Role"), msg("Choose what the key may do"))
]
Confirm = Annotated[str | None, CONFIRM]
Reason = Annotated[str | None, REASON]
Passphrase = Annotated[
    bool,
    Field(
        "passphrase",
        PASSPHRASE,
        msg("Passphrase for the link"),
        LENGTH,
    ),
]
Emergency = Annotated[bool, Field("emergency", FLAG)]
"""Typed on purpose: no form has a box for it that is easily ticked."""
