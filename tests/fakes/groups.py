"""The user groups of an account in memory: the port `Groups`."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import cached_property

from bot.domain.user_groups import GroupRole, Member, UserGroup
from bot.domain.users import ACCOUNT_MASTER
from bot.errors import Conflict, NotFound
from tests.fakes.users import Seat


class FakeGroups:
    """Groups of a fake account: a user's seat has the names of the user's groups."""

    _seats: dict[str, Seat]

    def _call(self, method: str) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    def _masters_by_group(self) -> frozenset[str]:
        """Ids of users in groups with Master Admin of the account."""
        now, roles = self.groups_now(), self._group_roles
        masters = (
            now[name]
            for id_, name in self._named.items()
            if any(each.role.id == ACCOUNT_MASTER for each in roles[id_])
        )
        return frozenset[str]().union(*masters)

    @cached_property
    def _named(self) -> dict[str, str]:
        return {}

    @cached_property
    def _group_roles(self) -> defaultdict[str, list[GroupRole]]:
        return defaultdict(list)

    def add_group(self, name: str, *roles: GroupRole) -> str:
        """Seed a group, or one more of its roles; its id."""
        group_id = next((id_ for id_, known in self._named.items() if known == name), "")
        group_id = group_id or f"g{len(self._named) + 1}"
        self._named[group_id] = name
        self._group_roles[group_id] += roles
        return group_id

    def lose_group(self, group_id: str) -> None:
        """Remove a group without a call, as a person in the Console does."""
        name = self._named.pop(group_id)
        for user_id in self._seats:
            self._seat_in(user_id, {name: None})

    def groups_now(self) -> Mapping[str, frozenset[str]]:
        """The ids of each group's members, by the group's name, without a call."""
        return {
            name: frozenset(id_ for id_, seat in self._seats.items() if name in seat.groups)
            for name in self._named.values()
        }

    async def user_groups(self) -> list[UserGroup]:
        """List every group."""
        async with self._call("user_groups"):
            return [UserGroup(id_, name, self._in(name)) for id_, name in self._named.items()]

    async def group_members(self, group_id: str) -> list[Member]:
        """List the users in a group."""
        async with self._call("group_members"):
            return list(self._in(self._name(group_id)))

    async def group_roles(self, group_id: str) -> tuple[GroupRole, ...]:
        """Give the roles of a group."""
        async with self._call("group_roles"):
            return tuple(self._group_roles[group_id])

    async def create_group(self, name: str) -> None:
        """Create a group."""
        async with self._call("create_group"):
            self._refuse(name)
            self.add_group(name)

    async def rename_group(self, group_id: str, name: str) -> None:
        """Rename a group; its members stay."""
        async with self._call("rename_group"):
            before = self._name(group_id)
            if before == name:
                return
            self._refuse(name)
            self._named[group_id] = name
            for user_id in self._seats:
                self._seat_in(user_id, {before: name})

    async def remove_group(self, group_id: str) -> None:
        """Remove a group."""
        async with self._call("remove_group"):
            self._name(group_id)
            self.lose_group(group_id)

    async def add_member(self, group_id: str, user_id: str) -> None:
        """Put a user into a group."""
        async with self._call("add_member"):
            name = self._name(group_id)
            if user_id not in self._seats:
                raise NotFound("no such user", status=404)
            seat = self._seats[user_id]
            self._seats[user_id] = replace(seat, groups=seat.groups | {name})

    async def drop_member(self, group_id: str, user_id: str) -> None:
        """Take a user out of a group."""
        async with self._call("drop_member"):
            name = self._name(group_id)
            if user_id not in self._seats:
                raise NotFound("no such user", status=404)
            self._seat_in(user_id, {name: None})

    def _seat_in(self, user_id: str, renamed: Mapping[str, str | None]) -> None:
        seat = self._seats[user_id]
        names = (renamed.get(each, each) for each in seat.groups)
        self._seats[user_id] = replace(seat, groups=frozenset(filter(None, names)))

    def _in(self, name: str) -> tuple[Member, ...]:
        seated = (seat.user for seat in self._seats.values() if name in seat.groups)
        return tuple(Member(user.id, user.name, user.email) for user in seated)

    def _name(self, group_id: str) -> str:
        if group_id not in self._named:
            raise NotFound("no such group", status=404)
        return self._named[group_id]

    def _refuse(self, name: str) -> None:
        if name in self._named.values():
            raise Conflict("Already exists", status=409)
