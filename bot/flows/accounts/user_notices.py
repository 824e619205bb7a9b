"""What the security channel is told of changes of users, by any policy."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.domain.commands.users import (
    AddUser,
    DisableUser,
    EnableUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.people import Role
from bot.domain.users import ALL_PLACES, ROLE_NAMES, UserTerms

GRAVE: Final = "Master Admin rights change. "
"""Begins a notice of what makes a master admin, or ends one."""


def noticed(command: UserChange, email: str, terms: UserTerms) -> str:
    """Say what a person did, after their name."""
    match command:
        case AddUser():
            role = ROLE_NAMES[Role(command.role)]
            return f"invited {email} to Cloudinary as {role} in {_places(terms.after)}"
        case SetUserRole():
            before = ROLE_NAMES[Role(terms.before[0])] if terms.before else "unknown"
            after = ROLE_NAMES[Role(command.role)]
            return f"changed the role of the Cloudinary user {email}: {before} → {after}"
        case SetUserEnvironments():
            change = f"{_places(terms.before)} → {_places(terms.after)}"
            lost = _places((*terms.lost, *_unseen(terms.unseen)))
            loses = f". {email} loses access to {lost}" if terms.lost or terms.unseen else ""
            return f"changed the environments of the Cloudinary user {email}: {change}{loses}"
        case DisableUser():
            return f"disabled the Cloudinary user {email}"
        case EnableUser():
            return f"enabled the Cloudinary user {email}"
        case RemoveUser():
            return f"removed the Cloudinary user {email}"
        case _:
            assert_never(command)


def _places(names: Sequence[str]) -> str:
    if tuple(names) == ALL_PLACES:
        return "all environments"
    return ", ".join(names) or "no environment"


def _unseen(count: int) -> list[str]:
    return [f"{count} more"] if count else []
