"""The users of an account in memory: the port `Users`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from bot.domain.addresses import folded, same_address
from bot.domain.people import CloudinaryUser, KeyRight, Role
from bot.domain.users import ACCOUNT_MASTER, ACCOUNT_ROLE
from bot.errors import Conflict, Forbidden, NotFound

_OF_THE_ACCOUNT = {Role.MASTER_ADMIN, Role.ADMIN, Role.REPORTS}
"""Fixed roles that are roles of the account, too."""


@dataclass(frozen=True)
class Seat:
    """A user with their environments, groups and rights in the account."""

    user: CloudinaryUser
    environments: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    rights: Mapping[str, KeyRight] = field(default_factory=dict)


class FakeUsers:
    """Users of a fake account, which counts the calls and lets them fail.

    With `refuses_last`, it refuses to lose the last master admin, as Cloudinary does.
    """

    def __init__(self) -> None:
        self.refuses_last = True
        self._seats: dict[str, Seat] = {}
        self._account_roles: defaultdict[str, set[str]] = defaultdict(set)
        self._invited = 0

    def _call(self, method: str) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    def _masters_by_group(self) -> frozenset[str]:
        raise NotImplementedError

    def add_user(
        self,
        user: CloudinaryUser,
        *,
        environments: Iterable[str] = (),
        groups: Iterable[str] = (),
        rights: Mapping[str, KeyRight] | None = None,
    ) -> CloudinaryUser:
        """Seed a user, or replace the one with the same id."""
        self._seats[user.id] = Seat(user, frozenset(environments), frozenset(groups), rights or {})
        self._follow(user)
        return user

    def remove_user(self, user_id: str) -> None:
        """Remove a user without a call, as a person in the Console does."""
        del self._seats[user_id]

    def user_now(self, user_id: str) -> CloudinaryUser:
        """A user as they are now, without a call."""
        return self._seat(user_id).user

    async def user(self, user_id: str) -> CloudinaryUser:
        """Give one user."""
        async with self._call("user"):
            return self._seat(user_id).user

    async def users_by_email(self, email: str) -> list[CloudinaryUser]:
        """List the users with this address, or with one that only looks the same."""
        async with self._call("users_by_email"):
            users = (seat.user for seat in self._seats.values())
            return [user for user in users if folded(user.email) == folded(email)]

    async def all_users(self) -> list[CloudinaryUser]:
        """List every user."""
        async with self._call("all_users"):
            return [seat.user for seat in self._seats.values()]

    async def inactive_users(self, since: date) -> list[CloudinaryUser]:
        """List users without a login since a day."""
        start = datetime(since.year, since.month, since.day, tzinfo=UTC)
        async with self._call("inactive_users"):
            users = (seat.user for seat in self._seats.values())
            return [it for it in users if it.last_login is None or it.last_login < start]

    async def users_reaching(self, environment_id: str) -> list[CloudinaryUser]:
        """List users with access to an environment."""
        async with self._call("users_reaching"):
            seats = self._seats.values()
            return [
                it.user
                for it in seats
                if it.user.all_environments or environment_id in it.environments
            ]

    async def create_user(
        self, name: str, email: str, role: Role, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Invite a user."""
        async with self._call("create_user"):
            if any(same_address(email, seat.user.email) for seat in self._seats.values()):
                raise Conflict("Already exists", status=409)
            self._invited += 1
            user = CloudinaryUser(
                f"invited{self._invited}",
                name,
                email,
                role,
                enabled=True,
                pending=True,
                all_environments=environments is None or role is Role.MASTER_ADMIN,
            )
            return self.add_user(user, environments=environments or ())

    async def set_user_role(self, user_id: str, role: Role) -> CloudinaryUser:
        """Set a role."""
        async with self._call("set_user_role"):
            changed = replace(self._seat(user_id).user, role=role)
            if role is not Role.MASTER_ADMIN:
                self._refuse_last(user_id)
            self._follow(changed)
            return self._put(changed)

    async def set_user_environments(
        self, user_id: str, environments: frozenset[str] | None
    ) -> CloudinaryUser:
        """Set what the user has access to."""
        async with self._call("set_user_environments"):
            seat = self._seat(user_id)
            user = replace(seat.user, all_environments=not environments)
            self._seats[user_id] = replace(
                seat, user=user, environments=environments or frozenset()
            )
            return user

    async def set_user_enabled(self, user_id: str, *, enabled: bool) -> CloudinaryUser:
        """Enable or disable a user."""
        async with self._call("set_user_enabled"):
            if not enabled:
                self._refuse_last(user_id)
            return self._put(replace(self._seat(user_id).user, enabled=enabled))

    async def delete_user(self, user_id: str) -> None:
        """Remove a user."""
        async with self._call("delete_user"):
            self._seat(user_id)
            self._refuse_last(user_id)
            del self._seats[user_id]

    async def account_roles_of(self, user_id: str) -> frozenset[str]:
        """Give the roles of the account that a user holds."""
        async with self._call("account_roles_of"):
            return frozenset(self._account_roles[self._seat(user_id).user.id])

    async def account_masters(self) -> tuple[frozenset[str], frozenset[str]]:
        """Give the users with Master Admin of the account."""
        async with self._call("account_masters"):
            own = {id_ for id_, roles in self._account_roles.items() if ACCOUNT_MASTER in roles}
            return frozenset(own & set(self._seats)), self._masters_by_group()

    async def give_account_role(self, user_id: str, role_id: str) -> None:
        """Add a role of the account."""
        async with self._call("give_account_role"):
            self._account_roles[self._seat(user_id).user.id].add(role_id)

    async def take_account_role(self, user_id: str, role_id: str) -> None:
        """Remove a role of the account."""
        async with self._call("take_account_role"):
            if role_id == ACCOUNT_MASTER:
                self._refuse_last(user_id)
            self._account_roles[self._seat(user_id).user.id].discard(role_id)

    def _follow(self, user: CloudinaryUser) -> None:
        """Let the role of the account follow a fixed one."""
        own = {f"{ACCOUNT_ROLE}{user.role}"} if user.role in _OF_THE_ACCOUNT else set[str]()
        fixed = {f"{ACCOUNT_ROLE}{role}" for role in _OF_THE_ACCOUNT}
        self._account_roles[user.id] = self._account_roles[user.id] - fixed | own

    def _refuse_last(self, user_id: str) -> None:
        roles = self._account_roles
        able = [
            it.user.id for it in self._seats.values() if it.user.enabled and not it.user.pending
        ]
        masters = {id_ for id_ in able if ACCOUNT_MASTER in roles[id_]}
        if self.refuses_last and masters == {user_id}:
            raise Forbidden("At least one master admin must remain", status=403)

    def _put(self, user: CloudinaryUser) -> CloudinaryUser:
        self._seats[user.id] = replace(self._seats[user.id], user=user)
        return user

    def _seat(self, user_id: str) -> Seat:
        if user_id not in self._seats:
            raise NotFound("no such user", status=404)
        return self._seats[user_id]
