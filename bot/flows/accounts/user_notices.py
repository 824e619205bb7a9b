"""What the security channel is told of changes of users, by any policy."""

from typing import Final

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
from bot.domain.people import Person
from bot.domain.users import ROLE_NAMES

_NOTICES: Final = {
    AddUser: "{person} invited {user} to Cloudinary as {role} in {places}.",
    SetUserRole: "{person} gave the Cloudinary user {user} the role {role}.",
    SetUserEnvironments: "{person} gave the Cloudinary user {user} access to {places}.",
    DisableUser: "{person} disabled the Cloudinary user {user}.",
    EnableUser: "{person} enabled the Cloudinary user {user}.",
    RemoveUser: "{person} removed the Cloudinary user {user}.",
}


def notice(person: Person, command: UserChange, email: str) -> str:
    """Say who changed whom, and how."""
    named = getattr(command, "envs", None) or getattr(command, "env", None) or ALL
    places = "all environments" if named == ALL else named.replace(",", ", ")
    role = {str(each): name for each, name in ROLE_NAMES.items()}.get(getattr(command, "role", ""))
    said = _NOTICES[type(command)]
    return said.format(person=person.name, user=email, role=role, places=places)
