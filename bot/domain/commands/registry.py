"""All commands: their specs, and the union that a text is parsed into."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands import environments, general, keys, requests, users
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action

Plain = (
    general.GeneralCommand
    | environments.EnvironmentCommand
    | keys.AnyKeyCommand
    | requests.RequestCommand
)


@dataclass(frozen=True)
class Explain:
    """Explain who could run a command, and who would approve it."""

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
"""Names of commands that a later version may have; this one refuses them by name."""

_BY_CLASS: Final = {spec.build: spec for spec in COMMANDS}


def spec_of(command: Plain) -> Spec | None:
    """Return a command's spec; None for the menu."""
    return _BY_CLASS.get(type(command))


def action_of(command: Command) -> Action:
    """Return the action that the policy decides about for this command."""
    if isinstance(command, Explain):
        return Action.EXPLAIN
    spec = spec_of(command)
    return spec.action if spec else Action.HELP
