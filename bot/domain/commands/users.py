"""Commands about users and groups."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

from bot.domain.commands import fields
from bot.domain.commands.fields import DAYS, ENV, ENVIRONMENTS, TYPED_NAME, Ask, Field, Kind, Reason
from bot.domain.commands.spec import CommandSpec
from bot.domain.key_roles import spelling
from bot.domain.offboard_pieces import Piece, pieces_read
from bot.domain.people import Role
from bot.domain.phrases import Listed, Text, msg
from bot.domain.policy import Action
from bot.domain.users import ACCOUNT_ROLE, LEAST_FIRST

_USER: Final = Field("user", fields.PERSON, msg("Person"), msg("Choose a person"), positional=True)


ALL: Final = "all"
"""In place of environments: every one, later ones too."""


_ROLES: Final = {spelling(role): str(role) for role in Role}


def _role(text: str) -> str | None:
    return _ROLES.get(spelling(text.strip().removeprefix(ACCOUNT_ROLE)))


_ROLE: Final = Field(
    "role",
    Kind(
        _role,
        problem=msg("Choose a role: {roles}.", roles=Listed(tuple(map(Text, LEAST_FIRST)), "or")),
        ask=Ask.CHOICE,
        choices=tuple(LEAST_FIRST),
    ),
    msg("Role"),
)
_PERSON: Final = Field(
    "person", fields.ACCOUNT_USER, msg("Person"), msg("Choose a person"), positional=True
)
_EMAIL: Final = Field(
    "email", fields.TEXT, msg("Email"), msg("Type the email of the person"), positional=True
)
_ENVS: Final = Field("env", ENVIRONMENTS, msg("Product environments"), msg("Choose environments"))
_CONFIRM: Final = Field(
    "confirm", TYPED_NAME, msg("Email to confirm"), msg("Type the email of the person")
)

_LEAVES: Final = replace(fields.REASON, hint=msg("Leaves the company on Friday"))
_CHANGES: Final = replace(fields.REASON, hint=msg("Moves to the design team"))
_PARTS: Final = Field(
    "parts",
    Kind(
        pieces_read,
        problem=msg("Choose parts: {parts}.", parts=Listed(tuple(map(Text, Piece)), "or")),
        ask=Ask.CHOICES,
        choices=tuple(map(str, Piece)),
    ),
    msg("What ends"),
    offered=True,
)
_RESUMED: Final = msg("Take the one of your request: `/cld requests mine`.")

AccountUserName = Annotated[str, _PERSON]
ConfirmedEmail = Annotated[str | None, _CONFIRM]


@dataclass(frozen=True)
class ListUsers:
    """List the users of the account; `inactive` is in days without signing in."""

    role: Annotated[str | None, _ROLE] = None
    env: Annotated[str | None, ENV] = None
    inactive: Annotated[int | None, Field("inactive", DAYS)] = None


@dataclass(frozen=True)
class ShowUser:
    """Show one user."""

    person: AccountUserName


@dataclass(frozen=True)
class AddUser:
    """Invite a person; without environments they get access to all of them."""

    email: Annotated[str, _EMAIL]
    role: Annotated[str, _ROLE]
    env: Annotated[str | None, replace(_ENVS, hint=msg("All environments, if none is chosen"))] = (
        None
    )
    reason: Annotated[str | None, _CHANGES] = None


@dataclass(frozen=True)
class SetUserRole:
    """Give a user another role."""

    person: AccountUserName
    role: Annotated[str, replace(_ROLE, positional=True)]
    reason: Annotated[str | None, _CHANGES] = None


@dataclass(frozen=True)
class SetUserEnvironments:
    """Set which environments a user has access to; `all` is every one."""

    person: AccountUserName
    envs: Annotated[str, replace(_ENVS, name="envs", positional=True)]
    reason: Annotated[str | None, _CHANGES] = None


@dataclass(frozen=True)
class DisableUser:
    """Disable a user; `confirm` is their email, typed again."""

    person: AccountUserName
    confirm: ConfirmedEmail = None
    reason: Annotated[str | None, _CHANGES] = None


@dataclass(frozen=True)
class EnableUser:
    """Enable a user, who has their role again."""

    person: AccountUserName
    reason: Annotated[str | None, _CHANGES] = None


@dataclass(frozen=True)
class RemoveUser:
    """Remove a user for good; `confirm` is their email, typed again."""

    person: AccountUserName
    confirm: ConfirmedEmail = None
    reason: Annotated[str | None, _CHANGES] = None


@dataclass(frozen=True)
class LinkUser:
    """Bind a Slack user to the Cloudinary user that their confirmed address matches now."""

    user: Annotated[str, _USER]
    reason: Reason = None


@dataclass(frozen=True)
class OffboardUser:
    """End everything that a person has; `list` is the list that was shown, of which `parts` end.

    `resume` is the request by which it was approved, whose rest is tried again.
    """

    person: AccountUserName
    parts: Annotated[str | None, _PARTS] = None
    list: Annotated[str | None, Field("list", fields.REFERENCE, offered=True)] = None
    resume: Annotated[str | None, Field("resume", fields.REFERENCE, hint=_RESUMED)] = None
    reason: Annotated[str | None, _LEAVES] = None


UserReading = ListUsers | ShowUser
"""Commands that change nothing."""
ExistingUserChange = SetUserRole | SetUserEnvironments | DisableUser | EnableUser | RemoveUser
UserChange = AddUser | ExistingUserChange
"""Commands that change one user of the account."""
UserCommand = LinkUser | OffboardUser | UserReading | UserChange

SPECS: Final[tuple[CommandSpec[UserCommand], ...]] = (
    CommandSpec(
        "link",
        LinkUser,
        Action.LINK,
        msg("Accept that a person's email leads to another Cloudinary user than before"),
    ),
    CommandSpec("user list", ListUsers, Action.USER_LIST, msg("List the users of the account")),
    CommandSpec("user show", ShowUser, Action.USER_SHOW, msg("Show a user")),
    CommandSpec("user add", AddUser, Action.USER_ADD, msg("Invite a person to Cloudinary")),
    CommandSpec("user role", SetUserRole, Action.USER_ROLE, msg("Change a user's role")),
    CommandSpec(
        "user envs",
        SetUserEnvironments,
        Action.USER_ENVS,
        msg("Set which environments a user can access"),
    ),
    CommandSpec("user disable", DisableUser, Action.USER_DISABLE, msg("Disable a user")),
    CommandSpec("user enable", EnableUser, Action.USER_ENABLE, msg("Enable a user")),
    CommandSpec("user remove", RemoveUser, Action.USER_REMOVE, msg("Remove a user")),
    CommandSpec(
        "user offboard",
        OffboardUser,
        Action.USER_OFFBOARD,
        msg("End everything that a person has: user, keys, groups and requests"),
    ),
)
