"""Commands about product environments."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands.fields import Environment, Field
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action


@dataclass(frozen=True)
class ListEnvironments:
    """The product environments that the asker reaches."""


@dataclass(frozen=True)
class ShowEnvironment:
    """One product environment."""

    name: str


EnvironmentCommand = ListEnvironments | ShowEnvironment

SPECS: Final[tuple[CommandSpec[EnvironmentCommand], ...]] = (
    CommandSpec(("env", "list"), ListEnvironments, Action.ENV_LIST, "Your product environments"),
    CommandSpec(
        ("env", "show"),
        ShowEnvironment,
        Action.ENV_SHOW,
        "One environment",
        (Field("name", Environment(), "Name", "ci-bot"),),
    ),
)
PLANNED: Final = ("env create", "env rename", "env disable", "env enable", "env tier")
