"""Roles of access keys, and what a key may be used for by them.

Cloudinary's roles decide what a program may do with a key. A key without any role can do nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.phrases import msg

MASTER: Final = "cld::role::prodenv::master_admin"
"""The role that allows everything in its environment."""


def spelling(text: str) -> str:
    """A name without what its spellings differ in: case, spaces, underscores and dashes."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", text).casefold())


USELESS: Final = msg("This role allows nothing for an API key.")
"""What to say of a role that is `KeyRole.useless`."""
_MASTER_NAMES: Final = frozenset(map(spelling, (MASTER, MASTER.rpartition("::")[2])))


def means_master(text: str) -> bool:
    """Whether a text names Master Admin, in whatever spelling."""
    return spelling(text) in _MASTER_NAMES


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

    @property
    def useless(self) -> bool:
        """Whether its policies are known, and permit a key none of the uses."""
        return bool(self.size) and not self.uses

    @property
    def names(self) -> tuple[str, ...]:
        """Its reference, its id, the last part of that, and its name."""
        return (self.ref, self.id, self.id.rpartition("::")[2], self.name)

    def answers_to(self, text: str) -> bool:
        """Whether a text is one of its names, in a usual spelling."""
        typed = spelling(text)
        return bool(typed) and typed in map(spelling, self.names)

    def same(self, other: "KeyRole") -> bool:
        """Whether it is the same role of the same content."""
        return self.ref == other.ref


def mark_of(change: str, api_key: str, ref: str = "") -> str:
    """The intent to change a role of a key."""
    return f"role {change}:{api_key}:{ref}"


def least_first(roles: Iterable[KeyRole]) -> list[KeyRole]:
    """Order roles by the gravest use that they allow, then by how much.

    Master Admin is the last of them; behind it are those that allow a key nothing.
    """
    order = list(Use)

    def rank(role: KeyRole) -> tuple[bool, bool, bool, int, int, int, str]:
        gravest = max(map(order.index, role.uses), default=-1)
        last = (not role.uses, role.id == MASTER, role.master)
        return (*last, gravest, len(role.uses), role.size, role.name.casefold())

    return sorted(roles, key=rank)


def meant(text: str, roles: Iterable[KeyRole]) -> list[KeyRole]:
    """Return the role with this reference, else with this name exactly, else in any spelling."""
    known, typed = list(roles), text.strip()
    exact = [role for role in known if role.ref == typed]
    exact = exact or [role for role in known if typed in role.names]
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


@dataclass(frozen=True)
class Loss:
    """What a key can't do without a role, as far as it is known; `all` if it has no other."""

    uses: tuple[Use, ...] = ()
    all: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """Texts that tell it from any other."""
        return ("loses", "all" if self.all else "", *self.uses)

    def within(self, seen: "Loss") -> bool:
        """Whether it is no more than this one."""
        return seen.all or (not self.all and set(self.uses) <= set(seen.uses))


def loss_of(role: KeyRole, held: Iterable[KeyRole], verdicts: Iterable[Verdict]) -> Loss:
    """What a key loses with one of its roles: the uses that no other one permits."""
    uses = (it.use for it in verdicts if it.allowed and all(map(role.same, it.by)))
    return Loss(tuple(uses), all(map(role.same, held)))
