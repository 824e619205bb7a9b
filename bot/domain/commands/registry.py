"""All commands, joined: their specs, and the union that a text is read into."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands import environments, general, keys, requests, users
from bot.domain.commands.environments import EnvironmentCommand
from bot.domain.commands.general import GeneralCommand
from bot.domain.commands.keys import AnyKeyCommand
from bot.domain.commands.requests import RequestCommand
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action

Plain = GeneralCommand | EnvironmentCommand | AnyKeyCommand | RequestCommand


@dataclass(frozen=True)
class Explain:
    """Who could run a command, who would approve, and why."""

    command: Plain


Command = Plain | Explain
Spec = CommandSpec[Plain]

COMMANDS: Final[tuple[Spec, ...]] = (
    *general.SPECS,
    *environments.SPECS,
    *keys.SPECS,
    *requests.SPECS,
)
BY_WORDS: Final = {spec.words: spec for spec in COMMANDS}
PLANNED: Final = (*general.PLANNED, *environments.PLANNED, *keys.PLANNED, *users.PLANNED)
"""What the grammar has a place for and this version does not do: it is refused by name."""

_BY_CLASS: Final = {spec.build: spec for spec in COMMANDS}


def spec_of(command: Plain) -> Spec | None:
    """Return the spec of a command; None for a bare `/cld`."""
    return _BY_CLASS.get(type(command))


def action_of(command: Command) -> Action:
    """Return what the policy is asked about this command."""
    if isinstance(command, Explain):
        return Action.EXPLAIN
    spec = spec_of(command)
    return spec.action if spec else Action.HELP
