"""Outcomes of commands that change a product environment at Cloudinary."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    RenameEnvironment,
)
from bot.domain.environment_names import PlaceNameReason
from bot.domain.environments import Environment


class PlaceState(StrEnum):
    """What Keysmith did to an environment; stored with its last change."""

    CREATED = "created"
    RENAMED = "renamed"
    DISABLED = "disabled"
    ENABLED = "enabled"


@dataclass(frozen=True)
class Uses:
    """How much an environment is used: None where Keysmith may not read its keys."""

    enabled: int | None
    changed_at: datetime | None = None
    """When a key of it was created or changed last."""


@dataclass(frozen=True)
class EnvironmentCreated:
    """A new environment; `closed` if Keysmith's account key has no role there.

    `offers` if the person may create its first key.
    """

    kind = "environment_created"
    environment: Environment
    closed: bool = False
    offers: bool = False


@dataclass(frozen=True)
class EnvironmentChanged:
    """An environment that is renamed, disabled or enabled; `before` is as it was then."""

    kind = "environment_changed"
    environment: Environment
    change: PlaceState
    before: Environment
    uses: Uses
    told_security: bool = False


@dataclass(frozen=True)
class EnvironmentUnchanged:
    """The environment has this state or name already; nothing changed."""

    kind = "environment_unchanged"
    environment: Environment
    change: PlaceState


@dataclass(frozen=True)
class EnvironmentProtected:
    """Disabling it stops all that `uses` counts: `retry` runs once its name is typed.

    `mistyped` where another one was.
    """

    kind = "environment_protected"
    environment: Environment
    uses: Uses
    retry: DisableEnvironment
    mistyped: bool = False


@dataclass(frozen=True)
class EnvironmentOvertaken:
    """Another person changed the environment after this change was asked for."""

    kind = "environment_overtaken"
    environment: Environment


@dataclass(frozen=True)
class PlaceNameRefused:
    """An environment can't have this name or cloud name.

    `other` has it or one like it, if the person may see it. `instead` is the command with a name
    that is free as far as known.
    """

    kind = "place_name_refused"
    name: str
    reason: PlaceNameReason
    other: Environment | None = None
    instead: CreateEnvironment | RenameEnvironment | None = None


PlaceOutcome = (
    EnvironmentCreated
    | EnvironmentChanged
    | EnvironmentUnchanged
    | EnvironmentProtected
    | EnvironmentOvertaken
    | PlaceNameRefused
)
