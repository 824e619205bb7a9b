"""Outcomes of commands about product environments."""

from dataclasses import dataclass

from bot.domain.commands.registry import Command
from bot.domain.environments import Environment, Tier
from bot.domain.keys import Located


@dataclass(frozen=True)
class EnvironmentsListed:
    """The environments that the person has access to.

    `closed` are the ids of those in which Keysmith's account key has no role.
    """

    kind = "environments_listed"
    environments: tuple[Environment, ...]
    closed: frozenset[str] = frozenset()
    page: int = 0


@dataclass(frozen=True)
class EnvironmentShown:
    """One environment and its keys; `closed` if Keysmith has no rights there.

    `readable` is False where its keys can't be read either: that none is shown means nothing.
    """

    kind = "environment_shown"
    environment: Environment
    keys: tuple[Located, ...]
    closed: bool = False
    readable: bool = True


@dataclass(frozen=True)
class NoSuchEnvironment:
    """No environment that the person has access to has that name; `instead` may be meant."""

    kind = "no_such_environment"
    name: str
    nearest: str | None
    known: tuple[Environment, ...]
    instead: tuple[Command, ...] = ()


@dataclass(frozen=True)
class WhichEnvironment:
    """Several environments match; `choices` has a command for each."""

    kind = "which_environment"
    choices: tuple[tuple[Environment, Command], ...]


@dataclass(frozen=True)
class TierFixed:
    """The environment's tier is fixed; `before` is the tier that it had."""

    kind = "tier_fixed"
    environment: Environment
    before: Tier


@dataclass(frozen=True)
class TierUnchanged:
    """The environment's tier is fixed at that already; nothing changed."""

    kind = "tier_unchanged"
    environment: Environment


@dataclass(frozen=True)
class TierOvertaken:
    """The tier was fixed again after this change was asked for; nothing changed."""

    kind = "tier_overtaken"
    environment: Environment


EnvironmentOutcome = (
    EnvironmentsListed
    | EnvironmentShown
    | NoSuchEnvironment
    | WhichEnvironment
    | TierFixed
    | TierUnchanged
    | TierOvertaken
)
