"""Commands about Keysmith itself, and collecting credentials."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands.fields import Field, Reference
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action


@dataclass(frozen=True)
class Menu:
    """A bare `/cld`."""


@dataclass(frozen=True)
class Help:
    """How to use Keysmith, or one noun of it."""

    topic: str | None = None


@dataclass(frozen=True)
class WhoAmI:
    """Who the asker is at Slack and at Cloudinary."""


@dataclass(frozen=True)
class Claim:
    """Collect credentials that wait for the asker."""

    id: str | None = None


GeneralCommand = Menu | Help | WhoAmI | Claim

SPECS: Final[tuple[CommandSpec[GeneralCommand], ...]] = (
    CommandSpec(("help",), Help, Action.HELP, "How to use Keysmith", (Field("topic"),)),
    CommandSpec(("whoami",), WhoAmI, Action.WHOAMI, "Who you are at Slack and at Cloudinary"),
    CommandSpec(
        ("claim",),
        Claim,
        Action.CLAIM,
        "Collect credentials that wait for you",
        (Field("id", Reference()),),
        label="Collect credentials",
    ),
)
PLANNED: Final = ("doctor", "link", "audit")
