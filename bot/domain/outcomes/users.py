"""Outcomes of commands about users of the Cloudinary account."""

from dataclasses import dataclass

from bot.domain.commands.registry import Command
from bot.domain.commands.users import DisableUser, ListUsers, OffboardUser, RemoveUser, UserChange
from bot.domain.keys import Located
from bot.domain.people import CloudinaryUser, IdentityReason
from bot.domain.users import Refusal, UserTerms


@dataclass(frozen=True)
class NoSuchUser:
    """No user of the account is meant; nothing changed. `slack` is the member who was named."""

    kind = "no_such_user"
    typed: str
    slack: str = ""


@dataclass(frozen=True)
class WhichUser:
    """Several users have the address; `choices` has a command for each, where there is one."""

    kind = "which_user"
    typed: str
    choices: tuple[tuple[CloudinaryUser, Command | None], ...]


@dataclass(frozen=True)
class UserUnclear:
    """The identity of the member who is meant is not certain; nothing changed."""

    kind = "user_unclear"
    typed: str
    reason: IdentityReason


@dataclass(frozen=True)
class UsersListed:
    """One page of the users; `pages` counts from 1, `page` from 0.

    `masters` are ids of master admins, `slack` the members who are bound to users, by their ids.
    """

    kind = "users_listed"
    users: tuple[CloudinaryUser, ...]
    page: int
    pages: int
    total: int
    command: ListUsers
    masters: frozenset[str] = frozenset()
    slack: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class UserShown:
    """One user, with what the person who asked may see of theirs."""

    kind = "user_shown"
    user: CloudinaryUser
    master: bool
    slack: str
    environments: tuple[str, ...]
    groups: tuple[str, ...]
    keys: tuple[Located, ...]
    roles: tuple[str, ...] = ()
    """Ids of the account's roles, by the Permissions API."""


@dataclass(frozen=True)
class UserToConfirm:
    """The change needs the typed email of the user; `command` is the change without it.

    `mistyped` where another one was typed.
    """

    kind = "user_to_confirm"
    shown: UserShown
    command: DisableUser | RemoveUser
    mistyped: bool = False


@dataclass(frozen=True)
class UserChanged:
    """The user is changed, invited or removed; `terms` is what that changed."""

    kind = "user_changed"
    user: CloudinaryUser
    command: UserChange | OffboardUser
    terms: UserTerms | None = None


@dataclass(frozen=True)
class UserUnchanged:
    """The user is so already; nothing changed."""

    kind = "user_unchanged"
    user: CloudinaryUser
    command: UserChange | OffboardUser


@dataclass(frozen=True)
class UserExists:
    """A user has this address already; nothing changed."""

    kind = "user_exists"
    user: CloudinaryUser
    email: str


@dataclass(frozen=True)
class UserRefused:
    """A rule that no policy changes refuses it, or Cloudinary does; nothing changed."""

    kind = "user_refused"
    name: str
    reason: Refusal


UserSearchOutcome = NoSuchUser | WhichUser | UserUnclear
"""Why a person is no single user."""

UserOutcome = (
    NoSuchUser
    | WhichUser
    | UserUnclear
    | UsersListed
    | UserShown
    | UserToConfirm
    | UserChanged
    | UserUnchanged
    | UserExists
    | UserRefused
)
