"""Commands about product environments."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

from bot.domain.commands.fields import CONFIRM, ENV, Ask, Field, Kind, Reason, matching
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


_CLOUD_NAME: Final = Field(
    "cloud-name",
    Kind(
        matching("[A-Za-z0-9][A-Za-z0-9_-]*"),
        problem=msg(
            "A cloud name has letters, digits, `-` and `_`, and begins with a letter or digit."
        ),
    ),
    msg("Cloud name"),
    msg("Leave empty to derive it from the name"),
)
_COPIED: Final = replace(ENV, name="copy-from", label=msg("Copy settings from"))
_CONFIRM: Final = replace(CONFIRM, hint=msg("Type the environment's name"))
_Place = Annotated[str, replace(ENV, positional=True)]


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

    env: _Place
    tier: Annotated[str, _TIER]
    reason: Reason = None


@dataclass(frozen=True)
class CreateEnvironment:
    """Create a product environment, with the settings of another one if that is given."""

    name: Annotated[
        str, Field("name", label=msg("Name"), hint=Text("Shop preview"), positional=True)
    ]
    cloud_name: Annotated[str | None, _CLOUD_NAME] = None
    copy_from: Annotated[str | None, _COPIED] = None
    reason: Reason = None


@dataclass(frozen=True)
class RenameEnvironment:
    """Change the name of a product environment; its cloud name stays."""

    env: _Place
    new: Annotated[str, Field("new", label=msg("New name"), hint=Text("Archive"), positional=True)]
    reason: Reason = None


@dataclass(frozen=True)
class DisableEnvironment:
    """Disable a product environment, with everything in it; `confirm` is its name, typed."""

    env: _Place
    confirm: Annotated[str | None, _CONFIRM] = None
    reason: Reason = None


@dataclass(frozen=True)
class EnableEnvironment:
    """Enable a product environment again."""

    env: _Place
    reason: Reason = None


EnvironmentReading = ListEnvironments | ShowEnvironment
"""Commands that change nothing."""
PlaceChange = CreateEnvironment | RenameEnvironment | DisableEnvironment | EnableEnvironment
"""Commands that change an environment at Cloudinary."""
OfPlace = SetTier | RenameEnvironment | DisableEnvironment | EnableEnvironment
"""Commands that change an environment that exists."""
EnvironmentChange = SetTier | PlaceChange
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
    CommandSpec(
        "env create", CreateEnvironment, Action.ENV_CREATE, msg("Create a product environment")
    ),
    CommandSpec("env rename", RenameEnvironment, Action.ENV_RENAME, msg("Rename an environment")),
    CommandSpec(
        "env disable",
        DisableEnvironment,
        Action.ENV_DISABLE,
        msg("Disable an environment and everything in it"),
    ),
    CommandSpec(
        "env enable", EnableEnvironment, Action.ENV_ENABLE, msg("Enable an environment again")
    ),
)
