"""What the security channel is told of changes of users, by any policy."""

from typing import assert_never

from bot.domain.commands.users import (
    ALL,
    AddUser,
    DisableUser,
    EnableUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.people import Role
from bot.domain.users import ROLE_NAMES


def noticed(command: UserChange, email: str) -> str:
    """Say what a person did, after their name."""
    match command:
        case AddUser():
            role = ROLE_NAMES[Role(command.role)]
            return f"invited {email} to Cloudinary as {role} in {_places(command.env)}"
        case SetUserRole():
            return f"gave the Cloudinary user {email} the role {ROLE_NAMES[Role(command.role)]}"
        case SetUserEnvironments():
            return f"gave the Cloudinary user {email} access to {_places(command.envs)}"
        case DisableUser():
            return f"disabled the Cloudinary user {email}"
        case EnableUser():
            return f"enabled the Cloudinary user {email}"
        case RemoveUser():
            return f"removed the Cloudinary user {email}"
        case _:
            assert_never(command)


def _places(named: str | None) -> str:
    return "all environments" if named in {None, ALL} else str(named).replace(",", ", ")
