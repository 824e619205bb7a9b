"""Outcomes of commands about product environments."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.commands.registry import Command
from bot.domain.environments import Environment
from bot.domain.keys import Located


@dataclass(frozen=True)
class EnvironmentsListed:
    """The environments that the asker reaches."""

    kind: ClassVar[str] = "environments_listed"
    environments: tuple[Environment, ...]


@dataclass(frozen=True)
class EnvironmentShown:
    """One environment and its keys."""

    kind: ClassVar[str] = "environment_shown"
    environment: Environment
    keys: tuple[Located, ...]


@dataclass(frozen=True)
class NoSuchEnvironment:
    """No environment has that name where the asker may look."""

    kind: ClassVar[str] = "no_such_environment"
    word: str
    nearest: str | None
    known: tuple[Environment, ...]


@dataclass(frozen=True)
class WhichEnvironment:
    """The command needs one environment and several match; one command for each."""

    kind: ClassVar[str] = "which_environment"
    choices: tuple[tuple[Environment, Command], ...]


EnvironmentOutcome = EnvironmentsListed | EnvironmentShown | NoSuchEnvironment | WhichEnvironment
