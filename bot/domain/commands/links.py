"""Commands about live links: listing them, ending one."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import Field, KeyEnv
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import msg
from bot.domain.policy import Action

_KEY: Final = Field("key", positional=True)


@dataclass(frozen=True)
class ListLinks:
    """List the live links that the person may see."""


@dataclass(frozen=True)
class RevokeLink:
    """End the live link to a key; without a key, list those that the person may end."""

    key: Annotated[str | None, _KEY] = None
    env: KeyEnv = None


LinkCommand = ListLinks | RevokeLink

SPECS: Final[tuple[CommandSpec[LinkCommand], ...]] = (
    CommandSpec("links", ListLinks, Action.CLAIM, msg("List the one-time links that are live")),
    CommandSpec(
        "links revoke", RevokeLink, Action.CLAIM, msg("End a one-time link before it is opened")
    ),
)
