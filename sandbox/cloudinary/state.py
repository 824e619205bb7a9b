"""The account: environments, keys, users, groups, roles. In memory, and in a file when asked to."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sandbox import company
from sandbox.cloudinary import saved
from sandbox.cloudinary.records import AccessKey, Assignment, Contents, Group, Member, Place
from sandbox.cloudinary.roles import MASTER

SECRET_LENGTH = 27  # characters, as in the documented sample
SECRET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
KEY_DIGITS = 15
ID_LENGTH = 30
STAMP = "%Y-%m-%dT%H:%M:%SZ"


class NotThere(Exception):
    """There is nothing of this id."""


class Account:
    """One account; what it is seeded with is the same after every reset."""

    def __init__(self, now: Callable[[], datetime], file: Path | None = None) -> None:
        self.now = now
        self._file = file
        self._dice = random.Random()
        self.contents = Contents()
        if file and file.exists():
            self.contents = saved.read(file)
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
        self._make_master(self.place(key.environment), made)

    def _make_master(self, place: Place, key: AccessKey) -> None:
        """What keys were before there were roles, and what a root key is."""
        self.contents.assignments.append(Assignment("apiKey", key.api_key, MASTER, place.id))

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
        """The environment of this id; `NotThere` where there is none."""
        return _by_id(self.contents.places, place_id)

    def member(self, user_id: str) -> Member:
        """The user of this id; `NotThere` where there is none."""
        return _by_id(self.contents.members, user_id)

    def group(self, group_id: str) -> Group:
        """The group of this id; `NotThere` where there is none."""
        return _by_id(self.contents.groups, group_id)

    def add_key(
        self, place: Place, name: str | None, *, enabled: bool, root: bool = False
    ) -> AccessKey:
        """Make a key; the root key alone is born with a role."""
        at = self.stamp()
        key = AccessKey(name, self._digits(), self._secret(), at, at, enabled, root)
        place.keys.append(key)
        if root:
            self._make_master(place, key)
        return key

    def remove_key(self, place: Place, key: AccessKey) -> None:
        """Delete a key, and the roles that it held."""
        place.keys.remove(key)
        self.contents.forget("apiKey", key.api_key)

    def add_place(self, name: str, cloud_name: str) -> Place:
        """Make an environment; it is born with one key, the root key."""
        at = self.stamp()
        place = Place(self._hex(), name, cloud_name, at, at)
        self.contents.places.append(place)
        self.add_key(place, None, enabled=True, root=True)
        return place

    def remove_place(self, place: Place) -> None:
        """Delete an environment, its keys, and whatever reached it."""
        for key in list(place.keys):
            self.remove_key(place, key)
        contents = self.contents
        contents.places.remove(place)
        contents.assignments = [each for each in contents.assignments if each.scope_id != place.id]
        for member in contents.members:
            if member.environments is not None:
                member.environments = [each for each in member.environments if each != place.id]

    def add_member(
        self, name: str, email: str, role: str, environments: list[str] | None
    ) -> Member:
        """Invite a user, who is pending until they accept."""
        at = self.stamp()
        member = Member(self._hex(), name, email, role, at, at, environments, pending=True)
        self.contents.members.append(member)
        return member

    def remove_member(self, member: Member) -> None:
        """Delete a user, and the roles that they were given."""
        self.contents.members.remove(member)
        self.contents.forget("user", member.id)

    def add_group(self, name: str) -> Group:
        """Make a group."""
        group = Group(self._hex(), name, self.stamp(), self.stamp())
        self.contents.groups.append(group)
        return group

    def remove_group(self, group: Group) -> None:
        """Delete a group, and the roles that it was given."""
        self.contents.groups.remove(group)
        self.contents.forget("group", group.id)
        for member in self.contents.members:
            member.groups = [each for each in member.groups if each != group.id]

    def save(self) -> None:
        """Write the file, if there is one."""
        if self._file:
            saved.write(self._file, self.contents)

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
    raise NotThere(wanted)
