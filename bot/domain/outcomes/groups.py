"""Outcomes of commands about user groups."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.commands.groups import GroupChange
from bot.domain.commands.registry import Command
from bot.domain.outcomes.users import UserSearchOutcome
from bot.domain.people import CloudinaryUser
from bot.domain.user_groups import GroupRole, GroupTerms, UserGroup


class GroupStop(StrEnum):
    """Why a change of a group is not made; stored words."""

    OWN_USER = "own_user"
    MORE_THAN_HELD = "more_than_held"
    LAST_MASTER_ADMIN = "last_master_admin"
    CHANGED = "changed"
    HIDDEN = "hidden"
    REFUSED = "refused"


@dataclass(frozen=True)
class GroupsListed:
    """Every group; `decide` are names that the policy names."""

    kind = "groups_listed"
    groups: tuple[UserGroup, ...]
    decide: frozenset[str] = frozenset()


@dataclass(frozen=True)
class GroupShown:
    """One group; each role with the name of its environment, if the person may see that."""

    kind = "group_shown"
    group: UserGroup
    roles: tuple[tuple[GroupRole, str], ...] | None = None
    decides: bool = False


@dataclass(frozen=True)
class NoSuchGroup:
    """No group is meant; nothing changed."""

    kind = "no_such_group"
    name: str
    nearest: str | None = None


@dataclass(frozen=True)
class WhichGroup:
    """Several groups are meant; `choices` has a command for each."""

    kind = "which_group"
    choices: tuple[tuple[UserGroup, Command], ...]


@dataclass(frozen=True)
class GroupNameTaken:
    """A group has this name, or one that looks the same; nothing changed."""

    kind = "group_name_taken"
    name: str
    other: UserGroup


@dataclass(frozen=True)
class GroupUnconfirmed:
    """Removing a group needs its name, typed; `retry` is the command with it.

    `mistyped` where another one was typed.
    """

    kind = "group_unconfirmed"
    group: GroupTerms
    retry: str
    mistyped: bool = False


@dataclass(frozen=True)
class GroupStopped:
    """The change is not made."""

    kind = "group_stopped"
    group: GroupTerms
    reason: GroupStop


@dataclass(frozen=True)
class GroupChanged:
    """The change is made."""

    kind = "group_changed"
    command: GroupChange
    group: GroupTerms


@dataclass(frozen=True)
class GroupUnchanged:
    """The group is like that already; nothing changed."""

    kind = "group_unchanged"
    command: GroupChange
    group: GroupTerms


@dataclass(frozen=True)
class MemberUnclear:
    """The person is no single user of the account; nothing changed.

    `choices` has a command for each user who may be meant.
    """

    kind = "member_unclear"
    search: UserSearchOutcome
    choices: tuple[tuple[CloudinaryUser, Command], ...] = ()


GroupMissing = NoSuchGroup | WhichGroup
GroupOutcome = (
    GroupMissing
    | MemberUnclear
    | GroupsListed
    | GroupShown
    | GroupNameTaken
    | GroupUnconfirmed
    | GroupStopped
    | GroupChanged
    | GroupUnchanged
)
