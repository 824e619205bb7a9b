"""Roles of access keys, and what a key may be used for by them.

Cloudinary's roles decide what a program may do with a key. A key without any role can do nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MASTER: Final = "cld::role::prodenv::master_admin"
"""The role that allows everything in its environment."""
MASTER_NAMES: Final = frozenset({MASTER, "master_admin", "master admin"})
"""Texts that mean it, case-folded."""


class Use(StrEnum):
    """What a program may want to do with a key, the least harmful first."""

    REPORT = "report"
    READ = "read"
    UPLOAD = "upload"
    SETTINGS = "settings"
    REPLACE = "replace"
    DELETE = "delete"
    KEYS = "keys"


@dataclass(frozen=True)
class KeyRole:
    """A role; `allows` is Cloudinary's own line on it.

    One that a key holds for a part of the environment has the id of its folder or collection.
    `uses` are what its policies permit there; `size` counts the policies.
    """

    id: str
    name: str
    allows: str = ""
    folder: str = ""
    collection: str = ""
    uses: tuple[Use, ...] = ()
    size: int = 0

    @property
    def ref(self) -> str:
        """The text that means this role and no other, as a person may type it."""
        part = self.folder or self.collection
        return f"{self.id}@{part}" if part else self.id

    @property
    def master(self) -> bool:
        """Whether it needs the approvals of Master Admin: that role, or one that manages keys."""
        return self.id == MASTER or Use.KEYS in self.uses

    def answers_to(self, text: str) -> bool:
        """Whether a text is its reference, its id, the last part of that, or its name."""
        typed = text.strip().casefold()
        known = (self.ref, self.id, self.id.rpartition("::")[2], self.name)
        return typed in {each.casefold() for each in known}

    def same(self, other: "KeyRole") -> bool:
        """Whether it is the same role of the same content."""
        return self.ref == other.ref


def mark_of(change: str, api_key: str, ref: str = "") -> str:
    """The intent to change a role of a key."""
    return f"role {change}:{api_key}:{ref}"


def least_first(roles: Iterable[KeyRole]) -> list[KeyRole]:
    """Order roles by the gravest use that they allow, then by how much; Master Admin is last."""
    order = list(Use)

    def rank(role: KeyRole) -> tuple[bool, bool, int, int, int, str]:
        gravest = max(map(order.index, role.uses), default=-1)
        last = (role.id == MASTER, role.master)
        return (*last, gravest, len(role.uses), role.size, role.name.casefold())

    return sorted(roles, key=rank)


def meant(text: str, roles: Iterable[KeyRole]) -> list[KeyRole]:
    """Return the role with this reference, else every role that the text may mean."""
    known = list(roles)
    exact = [role for role in known if role.ref == text.strip()]
    return exact or [role for role in known if role.answers_to(text)]


@dataclass(frozen=True)
class Verdict:
    """Whether a key may do something, and the roles that permit it.

    `forbidden` if a policy of the account takes it away, or if that can't be excluded.
    """

    use: Use
    by: tuple[KeyRole, ...] = ()
    forbidden: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the key may do it, if only in a folder."""
        return bool(self.by) and not self.forbidden
