"""All commands: their specs, and the union that a text is parsed into."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands import (
    adoption,
    environments,
    general,
    groups,
    key_records,
    key_specs,
    keys,
    leaks,
    links,
    many_keys,
    oversight,
    requests,
    reviews,
    rotations,
    users,
)
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.spec import CommandSpec
from bot.domain.key_roles import means_master
from bot.domain.policy import Action

Plain = (
    general.GeneralCommand
    | environments.EnvironmentCommand
    | keys.AnyKeyCommand
    | many_keys.ManyKeys
    | adoption.Adoption
    | requests.RequestCommand
    | leaks.LeakCommand
    | links.LinkCommand
    | users.UserCommand
    | groups.GroupCommand
    | oversight.OversightCommand
    | reviews.ReviewCommand
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
    *key_specs.SPECS,
    adoption.ADOPT,
    *leaks.SPECS,
    *links.SPECS,
    *requests.SPECS,
    *users.SPECS,
    *groups.SPECS,
    *oversight.SPECS,
    *reviews.SPECS,
)
BY_WORDS: Final = {spec.words: spec for spec in COMMANDS}
MANY: Final[dict[tuple[str, ...], Spec]] = {
    spec.words: spec for spec in (*many_keys.SPECS, adoption.RESUME)
}
"""By the same words: the commands about many targets, which options choose."""
BY_CLASS: Final[dict[type[Plain], Spec]] = {
    spec.build: spec for spec in (*COMMANDS, leaks.REPORT, *MANY.values())
}
"""Every command but the menu."""


def action_of(command: Command) -> Action:
    """Return the action that the policy decides about for this command, the gravest of them."""
    gives = gives_master(getattr(command, "role", None), getattr(command, "change", ADD))
    if not gives or isinstance(command, users.ListUsers):
        return base_action_of(command)
    user = isinstance(command, users.UserChange)
    return Action.USER_MASTER_ADMIN if user else Action.KEY_MASTER_ADMIN


def gives_master(role: str | None, change: str | None) -> bool:
    """Whether a command with this role gives a key Master Admin, as far as its text tells."""
    return means_master(role or "") and change in {None, ADD}


def name_of(command: Command) -> str:
    """Return the name of a command, as people type it; empty for the menu."""
    if isinstance(command, Explain):
        return "explain"
    spec = BY_CLASS.get(type(command))
    return spec.name if spec else ""


def base_action_of(command: Command) -> Action:
    """Return the action of the command itself, whatever role it gives a key."""
    if isinstance(command, Explain):
        return Action.EXPLAIN
    if isinstance(command, keys.RolesOfKey) and command.change is None:
        return Action.KEY_SHOW
    if isinstance(command, key_records.OwnerOfKey) and command.owner is None:
        return Action.KEY_SHOW
    if isinstance(command, rotations.RotateKey) and command.every is rotations.Cadence.LATER:
        return Action.KEY_REQUEST  # its owner may, too
    spec = BY_CLASS.get(type(command))
    return spec.action if spec else Action.HELP
