"""User groups of the Cloudinary account: members, roles, and which group a text means."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.addresses import mailbox, one_mailbox
from bot.domain.key_roles import KeyRole
from bot.domain.names import Looks, is_hidden
from bot.domain.people import EVERYWHERE, Person, Role
from bot.domain.users import ACCOUNT_MASTER

_ADMIN: Final = "cld::role::account::admin"
_HARMLESS: Final = frozenset({"cld::role::account::reports", "cld::role::account::billing"})
"""Roles in the whole account that change nothing; any other one may give rights away."""


@dataclass(frozen=True)
class Member:
    """A user in a group."""

    id: str
    name: str
    email: str

    def is_of(self, person: Person) -> bool:
        """Whether this user is the person, by their id or by their mailbox."""
        same = self.id == person.cloudinary_id
        return same or one_mailbox(mailbox(self.email), mailbox(person.email))


@dataclass(frozen=True)
class UserGroup:
    """A group; `members` is None where Cloudinary's answer has none."""

    id: str
    name: str
    members: tuple[Member, ...] | None = None

    def has(self, user_id: str) -> bool:
        """Whether a user is in it."""
        return any(each.id == user_id for each in self.members or ())


@dataclass(frozen=True)
class GroupRole:
    """A role that a group holds, in one environment or, without one, in the whole account."""

    role: KeyRole
    environment_id: str = ""

    @property
    def gives(self) -> Role | None:
        """The fixed role whose holder holds no less; None for a role that changes nothing."""
        if self.environment_id or self.role.id in _HARMLESS:
            return None
        return Role.ADMIN if self.role.id == _ADMIN else Role.MASTER_ADMIN

    @property
    def ref(self) -> str:
        """The text that means this role there and no other."""
        return f"{self.role.ref} {self.environment_id}".rstrip()

    @property
    def opens(self) -> frozenset[str]:
        """Where it counts; harmless ones count nowhere."""
        if self.environment_id:
            return frozenset({self.environment_id})
        return EVERYWHERE if self.gives else frozenset()

    def is_grave(self, known: Iterable[KeyRole]) -> bool:
        """Whether it gives rights away: Master Admin, or a role that manages people or keys.

        A role that is not known counts as one. `known` are the roles of a whole environment.
        """
        if self.role.folder or self.role.collection:
            return False
        if not self.environment_id:
            return self.role.id not in _HARMLESS
        found = next((each for each in known if each.id == self.role.id), None)
        return found is None or found.master


@dataclass(frozen=True)
class GroupTerms:
    """What a request to change a group is about, frozen; `member` is who comes or goes.

    `decides` if the policy names the group, by its name before or after the change. `members` are
    those for whom the change means something else in the policy: none of them decides on it.
    """

    id: str
    name: str
    decides: bool = False
    roles: tuple[str, ...] = ()
    """The roles of the group, as people read them."""
    grave: bool = False
    """Whether one of them gives rights away."""
    size: int | None = None
    """The number of members."""
    member: Member | None = None
    held: tuple[str, ...] = ()
    """The same roles by id, and where each counts; empty in records from before it was kept."""
    members: tuple[Member, ...] = ()

    def is_about(self, person: Person) -> bool:
        """Whether it is about a person, by their user or by their mailbox."""
        return any(each.is_of(person) for each in filter(None, (self.member, *self.members)))

    @property
    def masters(self) -> bool:
        """Whether its members are master admins of the account."""
        return ACCOUNT_MASTER in self.held

    @property
    def parts(self) -> tuple[str | int | None, ...]:
        """What a fingerprint covers."""
        who = (self.member.id, self.member.email) if self.member else ()
        return (
            "group",
            self.id,
            self.name,
            self.decides,
            self.grave,
            *self.roles,
            *who,
            *self.held,
            *(text for each in self.members for text in ("in it", each.id, each.email)),
        )


def meant(text: str, groups: Iterable[UserGroup]) -> list[UserGroup]:
    """Return the group with this id or this name exactly, else every name like it but for case."""
    known, typed = list(groups), text.strip()
    by_id = [each for each in known if each.id == typed]
    exact = by_id or [each for each in known if each.name == typed]
    return exact or [each for each in known if each.name.casefold() == typed.casefold()]


def mistaken_for(name: str, others: Iterable[UserGroup], looks: Looks) -> UserGroup | None:
    """Return the group that a new name would be mistaken for, if there is one."""
    mine = looks(name)
    return next((each for each in others if each.id == name or mine & looks(each.name)), None)


def is_unreadable(name: str) -> bool:
    """Whether a name has characters that no one sees."""
    return any(map(is_hidden, name))
