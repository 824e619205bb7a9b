"""Outcomes of commands about the roles of keys."""

from dataclasses import dataclass, replace

from bot.domain.commands.keys import ExplainKey
from bot.domain.commands.registry import Command
from bot.domain.commands.requests import RequestKey
from bot.domain.key_roles import KeyRole, Use, Verdict
from bot.domain.keys import Located


@dataclass(frozen=True)
class NoRoles:
    """The account has no Permissions API, so its keys have no roles; nothing changed."""

    kind = "no_roles"


@dataclass(frozen=True)
class NoSuchRole:
    """No role of that name can be given or removed; `choices` has a command for each that can.

    `takes` if one is to be removed.
    """

    kind = "no_such_role"
    name: str
    choices: tuple[tuple[KeyRole, Command], ...]
    takes: bool = False


@dataclass(frozen=True)
class WhichRole:
    """The person has to choose a role, the least first; each with its command.

    `takes` if it is the one to remove.
    """

    kind = "which_role"
    choices: tuple[tuple[KeyRole, Command], ...]
    takes: bool = False


@dataclass(frozen=True)
class RoleNotGiven:
    """The new key has no role, so it stays disabled for good, and no one can collect it.

    `refused` if Cloudinary said no; otherwise it gave no clear answer.
    """

    kind = "role_not_given"
    located: Located
    role: KeyRole
    refused: bool


@dataclass(frozen=True)
class RolesShown:
    """The roles of one key; `may_change` if the person may add and remove some."""

    kind = "roles_shown"
    located: Located
    may_change: bool = False


@dataclass(frozen=True)
class RolesChanged:
    """The key has one role more, or one less."""

    kind = "roles_changed"
    located: Located
    role: KeyRole
    added: bool
    told_security: bool = False


@dataclass(frozen=True)
class RoleUnchanged:
    """The key has the role already, or does not have it; nothing changed."""

    kind = "role_unchanged"
    located: Located
    role: KeyRole
    added: bool


@dataclass(frozen=True)
class RoleRefused:
    """Cloudinary refused to change the roles of an existing key; nothing changed."""

    kind = "role_refused"
    located: Located
    role: KeyRole


@dataclass(frozen=True)
class RolesOvertaken:
    """Another person changed the roles while this change was under way; it is not repeated."""

    kind = "roles_overtaken"
    located: Located
    role: KeyRole


@dataclass(frozen=True)
class KeyExplained:
    """What a key may be used for; `remedies` has the least role for each use that it lacks.

    `may_change` if the person may change its roles, or request that.
    """

    kind = "key_explained"
    located: Located
    verdicts: tuple[Verdict, ...]
    command: ExplainKey
    remedies: tuple[tuple[Use, KeyRole], ...] = ()
    may_change: bool = False


RoleStop = NoRoles | NoSuchRole | WhichRole
"""What planning a role may end in."""
RoleOutcome = (
    RoleStop
    | RoleNotGiven
    | RolesShown
    | RolesChanged
    | RoleUnchanged
    | RoleRefused
    | RolesOvertaken
    | KeyExplained
)


def asked_for(outcome: NoSuchRole | WhichRole, command: RequestKey) -> NoSuchRole | WhichRole:
    """Ask the same about another command."""
    choices = tuple((role, replace(command, role=role.ref)) for role, _ in outcome.choices)
    return replace(outcome, choices=choices)
