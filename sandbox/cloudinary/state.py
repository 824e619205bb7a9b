"""The account: environments, keys, users, groups, roles. In memory, and in a file when asked to."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sandbox import company

SECRET_LENGTH = 27  # characters, as in the documented sample
SECRET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
KEY_DIGITS = 15
ID_LENGTH = 30
STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass
class AccessKey:
    """An access key; its secret is made up."""

    name: str | None
    api_key: str
    api_secret: str
    created_at: str
    updated_at: str
    enabled: bool
    root: bool = False
    dedicated_for: list[str] = field(default_factory=list)


@dataclass
class Place:
    """A product environment and its keys."""

    id: str
    name: str
    cloud_name: str
    created_at: str
    updated_at: str
    enabled: bool = True
    custom_attributes: dict[str, object] = field(default_factory=dict)
    keys: list[AccessKey] = field(default_factory=list)


@dataclass
class Member:
    """A user; `environments` is None for access to all."""

    id: str
    name: str
    email: str
    role: str
    created_at: str
    updated_at: str
    environments: list[str] | None = None
    groups: list[str] = field(default_factory=list)
    enabled: bool = True
    pending: bool = False
    last_login: str | None = None


@dataclass
class Group:
    """A user group."""

    id: str
    name: str
    created_at: str
    updated_at: str


@dataclass
class Assignment:
    """A role that a principal holds in a scope (Permissions API)."""

    principal_type: str
    principal_id: str
    role_id: str
    scope_id: str


@dataclass
class Contents:
    """Everything that a restart must not lose."""

    places: list[Place] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)


class Account:
    """One account; what it is seeded with is the same after every reset."""

    def __init__(self, now: Callable[[], datetime], file: Path | None = None) -> None:
        self.now = now
        self._file = file
        self._dice = random.Random()
        self.contents = Contents()
        if file and file.exists():
            self.contents = _read(json.loads(file.read_text()))
        else:
            self.reset()

    def stamp(self, days_ago: float = 0) -> str:
        """A time as the API writes it."""
        return (self.now() - timedelta(days=days_ago)).strftime(STAMP)

    def reset(self) -> None:
        """Bring the seed back."""
        self._dice.seed("keysmith")
        self.contents = Contents()
        for place in company.ENVIRONMENTS:
            at = self.stamp(place.created_days_ago)
            self.contents.places.append(Place(place.id, place.name, place.cloud_name, at, at))
        for key in company.KEYS:
            self._seed_key(key)
        for name in company.GROUPS:
            self.add_group(name)
        ids = {group.name: group.id for group in self.contents.groups}
        for user in company.USERS:
            self._seed_user(user, [ids[name] for name in user.groups])
        self.save()
        self._dice.seed()  # what is made from here on never comes twice

    def _seed_key(self, key: company.Key) -> None:
        at = self.stamp(key.age_days)
        made = AccessKey(key.name, self._digits(), self._secret(), at, at, key.enabled, key.root)
        made.dedicated_for = list(key.dedicated_for)
        self.place(key.environment).keys.append(made)

    def _seed_user(self, user: company.User, groups: list[str]) -> None:
        reached = None if user.environments is None else list(user.environments)
        at = self.stamp(500)
        member = Member(
            user.id, user.name, user.email, user.role, at, at, reached, groups, user.enabled
        )
        member.pending = user.pending
        member.last_login = None if user.pending else self.stamp(1)
        self.contents.members.append(member)

    def place(self, place_id: str) -> Place:
        """The environment of this id; `KeyError` where there is none."""
        return _by_id(self.contents.places, place_id)

    def member(self, user_id: str) -> Member:
        """The user of this id; `KeyError` where there is none."""
        return _by_id(self.contents.members, user_id)

    def group(self, group_id: str) -> Group:
        """The group of this id; `KeyError` where there is none."""
        return _by_id(self.contents.groups, group_id)

    def add_key(
        self, place: Place, name: str | None, *, enabled: bool, root: bool = False
    ) -> AccessKey:
        """Make a key."""
        at = self.stamp()
        key = AccessKey(name, self._digits(), self._secret(), at, at, enabled, root)
        place.keys.append(key)
        return key

    def add_place(self, name: str, cloud_name: str) -> Place:
        """Make an environment; it is born with one key, the root key."""
        at = self.stamp()
        place = Place(self._hex(), name, cloud_name, at, at)
        self.contents.places.append(place)
        self.add_key(place, None, enabled=True, root=True)
        return place

    def add_member(
        self, name: str, email: str, role: str, environments: list[str] | None
    ) -> Member:
        """Invite a user, who is pending until they accept."""
        at = self.stamp()
        member = Member(self._hex(), name, email, role, at, at, environments, pending=True)
        self.contents.members.append(member)
        return member

    def add_group(self, name: str) -> Group:
        """Make a group."""
        group = Group(self._hex(), name, self.stamp(), self.stamp())
        self.contents.groups.append(group)
        return group

    def save(self) -> None:
        """Write the file, if there is one; whole or not at all."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self.contents), indent=1))
        draft.replace(self._file)

    def _digits(self) -> str:
        return "".join(self._dice.choices("123456789", k=KEY_DIGITS))

    def _secret(self) -> str:
        return "".join(self._dice.choices(SECRET_LETTERS, k=SECRET_LENGTH))

    def _hex(self) -> str:
        return "".join(self._dice.choices("0123456789abcdef", k=ID_LENGTH))


T = TypeVar("T", Place, Member, Group)


def _by_id(things: list[T], wanted: str) -> T:
    for thing in things:
        if thing.id == wanted:
            return thing
    raise KeyError(wanted)


def _read(saved: dict[str, Any]) -> Contents:
    return Contents(
        [Place(**{**p, "keys": [AccessKey(**k) for k in p["keys"]]}) for p in saved["places"]],
        [Member(**member) for member in saved["members"]],
        [Group(**group) for group in saved["groups"]],
        [Assignment(**assignment) for assignment in saved["assignments"]],
    )
