"""Commands about product environments."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands.fields import Name
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action


@dataclass(frozen=True)
class ListEnvironments:
    """List the product environments that the person has access to."""


@dataclass(frozen=True)
class ShowEnvironment:
    """Show one product environment."""

    name: Name


EnvironmentCommand = ListEnvironments | ShowEnvironment

SPECS: Final[tuple[CommandSpec[EnvironmentCommand], ...]] = (
    CommandSpec("env list", ListEnvironments, Action.ENV_LIST, "Your product environments"),
    CommandSpec("env show", ShowEnvironment, Action.ENV_SHOW, "One environment"),
)
PLANNED: Final = ("env create", "env rename", "env disable", "env enable", "env tier")
