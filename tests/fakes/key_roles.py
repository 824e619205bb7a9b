"""The roles of access keys in memory: the port `KeyRoles`."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

from bot.domain.key_roles import MASTER, KeyRole, Use, Verdict
from bot.errors import NotFound

ALL_ROLES: Final = (
    KeyRole(
        MASTER,
        "Master Admin",
        "Fully manage product environment, including settings, product features, dashboards,"
        " and reports.",
        uses=tuple(Use),
        size=10,
    ),
    KeyRole(
        "cld::role::prodenv::ml_user",
        "Media Library User",
        "Access specific folders and collections according to assigned permissions.",
        size=1,
    ),
    KeyRole(
        "cld::role::prodenv::reports",
        "Reports",
        "View product environment reports and usage metrics.",
        uses=(Use.REPORT,),
        size=3,
    ),
    KeyRole(
        "cld::role::prodenv::billing",
        "Billing",
        "View what the product environment uses, and its bills.",
        uses=(Use.REPORT,),
        size=1,
    ),
    KeyRole(
        "upload_manager_12334565",
        "Upload manager",
        "Responsible for managing upload presets and uploading new assets.",
        uses=(Use.UPLOAD, Use.SETTINGS),
        size=2,
    ),
)
UPLOADER: Final = ALL_ROLES[-1]
LIBRARY: Final = ALL_ROLES[1]
"""It allows a key nothing."""


class FakeKeyRoles:
    """Roles of the keys of a fake account, which counts the calls and lets them fail."""

    def __init__(self) -> None:
        self.all_roles: list[KeyRole] = list(ALL_ROLES)
        self._held: defaultdict[tuple[str, str], list[KeyRole]] = defaultdict(list)

    def _call(self, method: str) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    def hold(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Give a role without a call, as a person in the Console does."""
        self._held[environment_id, api_key].append(role)

    async def assignable_roles(self) -> list[KeyRole]:
        """List every role of a whole environment."""
        async with self._call("assignable_roles"):
            return list(self.all_roles)

    async def roles_by_key(self, environment_id: str) -> Mapping[str, tuple[KeyRole, ...]]:
        """Give the roles of every key that has any."""
        async with self._call("roles_by_key"):
            return {
                api_key: tuple(roles)
                for (place, api_key), roles in self._held.items()
                if place == environment_id and roles
            }

    async def roles_of_key(self, environment_id: str, api_key: str) -> tuple[KeyRole, ...]:
        """Give the roles of one key."""
        async with self._call("roles_of_key"):
            return tuple(self._held.get((environment_id, api_key), ()))

    async def give_role(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Add a role, once."""
        async with self._call("give_role"):
            if not any(role.id == each.id for each in self.all_roles) and not role.folder:
                raise NotFound(f"no such role {role.id}", status=404)
            held = self._held[environment_id, api_key]
            if not any(role.same(each) for each in held):
                held.append(role)

    async def take_role(self, environment_id: str, api_key: str, role: KeyRole) -> None:
        """Remove a role."""
        async with self._call("take_role"):
            held = self._held[environment_id, api_key]
            self._held[environment_id, api_key] = [it for it in held if not it.same(role)]

    async def verdicts(self, environment_id: str, api_key: str) -> tuple[Verdict, ...]:
        """Judge each use by the roles that the key has."""
        async with self._call("verdicts"):
            held = self._held.get((environment_id, api_key), ())
            return tuple(
                Verdict(use, tuple(role for role in held if use in role.uses)) for use in Use
            )
