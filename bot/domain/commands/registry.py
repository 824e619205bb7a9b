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
    | users.UserCommand
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
    *users.SPECS,
)
PLANNED: Final = (*general.PLANNED, *environments.PLANNED, *keys.PLANNED, *users.PLANNED)
"""Names of commands that a later version may have; this one refuses them by name."""

BY_WORDS: Final = {spec.words: spec for spec in COMMANDS}
BY_CLASS: Final[dict[type[Plain], Spec]] = {spec.build: spec for spec in COMMANDS}
"""Every command but the menu."""


def action_of(command: Command) -> Action:
    """Return the action that the policy decides about for this command."""
    if isinstance(command, Explain):
        return Action.EXPLAIN
    spec = BY_CLASS.get(type(command))
    return spec.action if spec else Action.HELP
