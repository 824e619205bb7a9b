"""Commands about user groups of the Cloudinary account."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import GROUP, TYPED_NAME, Ask, Field, Kind, Reason
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action

_MEMBER: Final = Kind(ask=Ask.PERSON)
"""A Slack member, or the address or the id of a Cloudinary user who may not be at Slack."""

GroupName = Annotated[
    str, Field("group", GROUP, msg("Group"), msg("Choose a group"), positional=True)
]
MemberName = Annotated[
    str, Field("person", _MEMBER, msg("Person"), msg("Choose a person"), positional=True)
]


@dataclass(frozen=True)
class ListGroups:
    """List the user groups, with the number of their members."""


@dataclass(frozen=True)
class ShowGroup:
    """Show a group's members and roles."""

    group: GroupName


@dataclass(frozen=True)
class CreateGroup:
    """Create a group without members."""

    name: Annotated[str, Field("name", label=msg("Name"), hint=Text("Design"), positional=True)]
    reason: Reason = None


@dataclass(frozen=True)
class RenameGroup:
    """Rename a group; its members and roles stay."""

    group: GroupName
    new: Annotated[str, Field("new", label=msg("New name"), hint=Text("Design"), positional=True)]
    reason: Reason = None


@dataclass(frozen=True)
class RemoveGroup:
    """Remove a group, not its users; `confirm` is its name typed again."""

    group: GroupName
    confirm: Annotated[
        str | None,
        Field("confirm", TYPED_NAME, msg("Name to confirm"), msg("Type the group's name")),
    ] = None
    reason: Reason = None


@dataclass(frozen=True)
class AddToGroup:
    """Put a user into a group."""

    group: GroupName
    person: MemberName
    reason: Reason = None


@dataclass(frozen=True)
class DropFromGroup:
    """Take a user out of a group."""

    group: GroupName
    person: MemberName
    reason: Reason = None


GroupReading = ListGroups | ShowGroup
"""Commands that change nothing."""
OfMember = AddToGroup | DropFromGroup
OfGroup = RenameGroup | RemoveGroup | OfMember
GroupChange = CreateGroup | OfGroup
GroupCommand = GroupReading | GroupChange

SPECS: Final[tuple[CommandSpec[GroupCommand], ...]] = (
    CommandSpec("group list", ListGroups, Action.GROUP_LIST, msg("List the user groups")),
    CommandSpec(
        "group show", ShowGroup, Action.GROUP_SHOW, msg("Show a group's members and roles")
    ),
    CommandSpec("group create", CreateGroup, Action.GROUP_CREATE, msg("Create a user group")),
    CommandSpec("group rename", RenameGroup, Action.GROUP_RENAME, msg("Rename a user group")),
    CommandSpec(
        "group remove",
        RemoveGroup,
        Action.GROUP_REMOVE,
        msg("Remove a user group, not its members"),
    ),
    CommandSpec("group add", AddToGroup, Action.GROUP_ADD, msg("Put a person into a group")),
    CommandSpec(
        "group drop", DropFromGroup, Action.GROUP_DROP, msg("Take a person out of a group")
    ),
)
