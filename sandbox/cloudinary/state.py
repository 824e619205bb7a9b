"""The account: environments, keys, users, groups and roles, in memory and optionally in a file."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sandbox import at_cloudinary
from sandbox.cloudinary import state_file
from sandbox.cloudinary.records import (
    AccessKey,
    Asset,
    Assignment,
    Contents,
    Environment,
    Group,
    Member,
)
from sandbox.cloudinary.roles import ACCOUNT_MASTER, MASTER
from sandbox.large import COMPANY, Seed

SECRET_LENGTH = 27  # characters, as in the documented sample
SECRET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
KEY_DIGITS = 15
ID_LENGTH = 30
STAMP = "%Y-%m-%dT%H:%M:%SZ"


class NotThere(Exception):
    """No record has this id."""


class Account:
    """One account; every reset seeds it with the same records and secrets."""

    def __init__(
        self,
        now: Callable[[], datetime],
        file: Path | None = None,
        seed: Seed = COMPANY,
        own_key: str = "",
    ) -> None:
        self.now = now
        self.own_key = own_key
        self.seed = seed
        self._file = file
        self._dice = random.Random()
        self.contents = Contents()
        if file and file.exists():
            self.contents = state_file.read(file)
            self._make_own_key_master()
        else:
            self.reset()

    def stamp(self, days_ago: float = 0) -> str:
        """A time in the API's format."""
        return (self.now() - timedelta(days=days_ago)).strftime(STAMP)

    def reset(self) -> None:
        """Restore the seed."""
        self._dice.seed("keysmith")
        self.contents = Contents()
        for environment in self.seed.environments:
            at = self.stamp(environment.created_days_ago)
            self.contents.environments.append(
                Environment(environment.id, environment.name, environment.cloud_name, at, at)
            )
        for key in self.seed.keys:
            self._seed_key(key)
        for name in self.seed.groups:
            self.add_group(name)
        ids = {group.name: group.id for group in self.contents.groups}
        for user in self.seed.users:
            self._seed_user(user, [ids[name] for name in user.groups])
        self.contents.version = 0
        self._make_own_key_master()
        self.save()
        self._dice.seed()  # everything after the seed is random

    def _seed_key(self, key: at_cloudinary.Key) -> None:
        at = self.stamp(key.age_days)
        made = AccessKey(key.name, self._digits(), self._secret(), at, at, key.enabled, key.root)
        made.dedicated_for = list(key.dedicated_for)
        self.environment(key.environment).keys.append(made)
        self._make_master(self.environment(key.environment), made)

    def _make_master(self, environment: Environment, key: AccessKey) -> None:
        """Give a key the master role, which root keys and keys from before roles have."""
        self.contents.assignments.append(Assignment("apiKey", key.api_key, MASTER, environment.id))

    def _make_own_key_master(self) -> None:
        """Give the account key its roles, in the account and in each environment, once."""
        if not self.contents.version:
            everywhere = [None, *(environment.id for environment in self.contents.environments)]
            self.change_own_roles(everywhere, taken=False)
        self.contents.version = 1

    def change_own_roles(self, scopes: Sequence[str | None], *, taken: bool) -> None:
        """Give the account key the master role of each scope, or take it; None is the account."""
        roles = [
            Assignment("provisioningKey", self.own_key, MASTER if id_ else ACCOUNT_MASTER, id_)
            for id_ in scopes
        ]
        others = [each for each in self.contents.assignments if each not in roles]
        self.contents.assignments = others if taken else others + roles
        self.save()

    def _seed_user(self, user: at_cloudinary.User, groups: list[str]) -> None:
        reached = None if user.environments is None else list(user.environments)
        at = self.stamp(500)
        member = Member(
            user.id, user.name, user.email, user.role, at, at, reached, groups, user.enabled
        )
        member.pending = user.pending
        member.last_login = None if user.pending else self.stamp(1)
        member.providers = list(user.providers)
        self.contents.members.append(member)

    def environment(self, environment_id: str) -> Environment:
        """The environment with this id; raises `NotThere`."""
        return _by_id(self.contents.environments, environment_id)

    def member(self, user_id: str) -> Member:
        """The user with this id; raises `NotThere`."""
        return _by_id(self.contents.members, user_id)

    def group(self, group_id: str) -> Group:
        """The group with this id; raises `NotThere`."""
        return _by_id(self.contents.groups, group_id)

    def add_key(
        self, environment: Environment, name: str | None, *, enabled: bool, root: bool = False
    ) -> AccessKey:
        """Create a key; only a root key gets a role with it."""
        at = self.stamp()
        key = AccessKey(name, self._digits(), self._secret(), at, at, enabled, root)
        environment.keys.append(key)
        if root:
            self._make_master(environment, key)
        return key

    def remove_key(self, environment: Environment, key: AccessKey) -> None:
        """Delete a key and its roles."""
        environment.keys.remove(key)
        self.contents.forget("apiKey", key.api_key)

    def add_environment(self, name: str, cloud_name: str) -> Environment:
        """Create an environment with one key, the root key."""
        at = self.stamp()
        environment = Environment(self._hex(), name, cloud_name, at, at)
        self.contents.environments.append(environment)
        self.add_key(environment, None, enabled=True, root=True)
        return environment

    def remove_environment(self, environment: Environment) -> None:
        """Delete an environment, its keys, and every role and access in it."""
        for key in list(environment.keys):
            self.remove_key(environment, key)
        contents = self.contents
        contents.environments.remove(environment)
        contents.assignments = [
            each for each in contents.assignments if each.scope_id != environment.id
        ]
        contents.withdrawn = [
            each for each in contents.withdrawn if each.scope_id != environment.id
        ]
        for member in contents.members:
            if member.environments is not None:
                member.environments = [
                    each for each in member.environments if each != environment.id
                ]

    def new_asset(self, public_id: str | None, folder: str) -> Asset:
        """An image that was uploaded just now; without a public id it gets one."""
        return Asset(public_id or self._hex()[:20], self._hex(), folder, self.stamp())

    def add_member(
        self, name: str, email: str, role: str, environments: list[str] | None
    ) -> Member:
        """Invite a user, who stays pending."""
        at = self.stamp()
        member = Member(self._hex(), name, email, role, at, at, environments, pending=True)
        self.contents.members.append(member)
        return member

    def change_role(self, member: Member, role: str) -> None:
        """Change a user's role, and with it the new roles that follow from it, all of them."""
        member.role = role
        self.contents.withdrawn = [
            each for each in self.contents.withdrawn if each.principal_id != member.id
        ]

    def remove_member(self, member: Member) -> None:
        """Delete a user and their assigned roles."""
        self.contents.members.remove(member)
        self.contents.forget("user", member.id)

    def add_group(self, name: str) -> Group:
        """Create a group."""
        group = Group(self._hex(), name, self.stamp(), self.stamp())
        self.contents.groups.append(group)
        return group

    def remove_group(self, group: Group) -> None:
        """Delete a group and its assigned roles."""
        self.contents.groups.remove(group)
        self.contents.forget("group", group.id)
        for member in self.contents.members:
            member.groups = [each for each in member.groups if each != group.id]

    def save(self) -> None:
        """Write the state file, if the account has one."""
        if self._file:
            state_file.write(self._file, self.contents)

    def _digits(self) -> str:
        return "".join(self._dice.choices("123456789", k=KEY_DIGITS))

    def _secret(self) -> str:
        return "".join(self._dice.choices(SECRET_LETTERS, k=SECRET_LENGTH))

    def _hex(self) -> str:
        return "".join(self._dice.choices("0123456789abcdef", k=ID_LENGTH))


T = TypeVar("T", Environment, Member, Group)


def _by_id(records: list[T], record_id: str) -> T:
    for record in records:
        if record.id == record_id:
            return record
    raise NotThere(record_id)
