"""Commands about Keysmith itself, and collecting credentials."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import REFERENCE, Field, Passphrase
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import msg
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
    """Collect pending credentials; without an id, the person's only ones.

    With `passphrase`, the links to them ask for one from now on.
    """

    id: Annotated[str | None, Field("id", REFERENCE, positional=True)] = None
    passphrase: Passphrase = False


@dataclass(frozen=True)
class Doctor:
    """Examine everything that Keysmith depends on, as `check` does on the server."""


GeneralCommand = Menu | Help | WhoAmI | Claim | Doctor

SPECS: Final[tuple[CommandSpec[GeneralCommand], ...]] = (
    CommandSpec("help", Help, Action.HELP, msg("Learn how to use Keysmith")),
    CommandSpec("whoami", WhoAmI, Action.WHOAMI, msg("See who you are in Slack and Cloudinary")),
    CommandSpec("claim", Claim, Action.CLAIM, msg("Collect credentials that are ready for you")),
    CommandSpec(
        "doctor", Doctor, Action.DOCTOR, msg("See what is wrong with Keysmith, and how to fix it")
    ),
)
