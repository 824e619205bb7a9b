"""Commands about users and groups."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands import fields
from bot.domain.commands.fields import Field, Reason
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import msg
from bot.domain.policy import Action

_USER: Final = Field("user", fields.PERSON, msg("Person"), msg("Choose a person"), positional=True)


@dataclass(frozen=True)
class LinkUser:
    """Bind a Slack user to the Cloudinary user that their confirmed address matches now."""

    user: Annotated[str, _USER]
    reason: Reason = None


UserCommand = LinkUser

SPECS: Final[tuple[CommandSpec[UserCommand], ...]] = (
    CommandSpec(
        "link",
        LinkUser,
        Action.LINK,
        msg("Accept that a person's email leads to another Cloudinary user than before"),
    ),
)
PLANNED: Final = (
    *("user list", "user show", "user add", "user role", "user envs", "user disable"),
    *("user enable", "user remove", "user offboard"),
)
