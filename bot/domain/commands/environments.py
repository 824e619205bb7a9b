"""Commands about product environments."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

from bot.domain.commands.fields import ENV, Ask, Field, Kind, Reason
from bot.domain.commands.spec import CommandSpec
from bot.domain.environments import Tier
from bot.domain.phrases import Listed, Text, msg
from bot.domain.policy import Action


def _tier(text: str) -> str | None:
    return text.casefold() if text.casefold() in set(Tier) else None


_TIER: Final = Field(
    "tier",
    Kind(
        _tier,
        problem=msg("Choose a tier: {tiers}.", tiers=Listed(tuple(map(Text, Tier)), "or")),
        ask=Ask.CHOICE,
        choices=tuple(Tier),
    ),
    msg("Tier"),
    positional=True,
)


@dataclass(frozen=True)
class ListEnvironments:
    """List the product environments that the person has access to."""


@dataclass(frozen=True)
class ShowEnvironment:
    """Show one product environment."""

    name: Annotated[str, replace(ENV, name="name", positional=True)]


@dataclass(frozen=True)
class SetTier:
    """Fix the tier of a product environment, whatever its name says."""

    env: Annotated[str, replace(ENV, positional=True)]
    tier: Annotated[str, _TIER]
    reason: Reason = None


EnvironmentReading = ListEnvironments | ShowEnvironment
"""Commands that change nothing."""
EnvironmentChange = SetTier
"""Commands that change what is stored about one environment."""
EnvironmentCommand = EnvironmentReading | EnvironmentChange

SPECS: Final[tuple[CommandSpec[EnvironmentCommand], ...]] = (
    CommandSpec(
        "env list",
        ListEnvironments,
        Action.ENV_LIST,
        msg("List the product environments that you can access"),
    ),
    CommandSpec("env show", ShowEnvironment, Action.ENV_SHOW, msg("Show a product environment")),
    CommandSpec("env tier", SetTier, Action.ENV_TIER, msg("Set the tier of an environment")),
)
PLANNED: Final = ("env create", "env rename", "env disable", "env enable")
