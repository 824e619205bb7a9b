"""Commands about Keysmith itself, and collecting credentials."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import REFERENCE, Field
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action


@dataclass(frozen=True)
class Menu:
    """Show the menu: `/cld` without more text."""


@dataclass(frozen=True)
class Help:
    """Explain Keysmith, or one noun of it."""

    topic: Annotated[str | None, Field("topic", positional=True)] = None


@dataclass(frozen=True)
class WhoAmI:
    """Show who the person is at Slack and at Cloudinary."""


@dataclass(frozen=True)
class Claim:
    """Collect pending credentials; without an id, the person's only ones."""

    id: Annotated[str | None, Field("id", REFERENCE, positional=True)] = None


@dataclass(frozen=True)
class Doctor:
    """Examine everything that Keysmith depends on, as `check` does on the server."""


GeneralCommand = Menu | Help | WhoAmI | Claim | Doctor

SPECS: Final[tuple[CommandSpec[GeneralCommand], ...]] = (
    CommandSpec("help", Help, Action.HELP, "How to use Keysmith"),
    CommandSpec("whoami", WhoAmI, Action.WHOAMI, "Who you are at Slack and at Cloudinary"),
    CommandSpec(
        "claim",
        Claim,
        Action.CLAIM,
        "Collect credentials that wait for you",
        label="Collect credentials",
    ),
    CommandSpec("doctor", Doctor, Action.DOCTOR, "What is wrong with Keysmith, and how to mend it"),
)
PLANNED: Final = ("audit",)
