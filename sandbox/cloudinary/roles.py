"""Cloudinary's system roles whose ids are published, and the policies behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.cloudinary.records import Assignment, Environment, Member

MASTER: Final = "cld::role::prodenv::master_admin"
LIBRARY: Final = "cld::role::prodenv::ml_user"
REPORTS: Final = "cld::role::prodenv::reports"
EPOCH: Final = 1_719_475_216
"""When every system role and policy was created (Unix seconds), as in the documented samples."""
PRINCIPALS: Final[Mapping[str, str]] = {
    "user": "user",
    "group": "group",
    "apiKey": "APIKey",
    "provisioningKey": "APIKey",
}
"""Types of principals, and their names in Cedar."""

Scope = Literal["account", "prodenv"]
SCOPES: Final[tuple[Scope, ...]] = ("account", "prodenv")


@dataclass(frozen=True)
class Role:
    """A system role; the policies behind the account's own roles are not published."""

    id: str
    name: str
    scope: Scope
    features: tuple[str, ...] = ()

    def shown(self) -> dict[str, object]:
        """The role as the API gives it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": "",
            "management_type": "system",
            "permission_type": "global",
            "scope_type": self.scope,
            "created_at": EPOCH,
            "updated_at": EPOCH,
        }

    def policies(self, principal: str) -> list[dict[str, object]]:
        """The role's policies in Cedar, for a principal."""
        return [
            {
                "id": f"cld::policy::global::{feature}",
                "policy_statement": (
                    f"permit ({principal}, action,"
                    f' resource == Cloudinary::Feature::"cld::global::{feature}");'
                ),
            }
            for feature in self.features
        ]


ROLES: Final[Mapping[str, Role]] = {
    role.id: role
    for role in (
        Role("cld::role::account::master_admin", "Master Admin", "account"),
        Role("cld::role::account::admin", "Admin", "account"),
        Role("cld::role::account::reports", "Reports", "account"),
        Role(
            MASTER,
            "Master Admin",
            "prodenv",
            ("api_keys::manage", "api_keys::view", "upload_presets::manage"),
        ),
        Role(LIBRARY, "Media Library User", "prodenv", ("media_library::access",)),
        Role(REPORTS, "Reports", "prodenv", ("reports::usage::view",)),
    )
}
_OF_A_USER: Final = {
    "master_admin": MASTER,
    "admin": MASTER,
    "technical_admin": MASTER,
    "reports": REPORTS,
}


def of_user(member: Member, environments: Iterable[Environment]) -> list[Assignment]:
    """The new roles that a user has because of the role from before the Permissions API."""
    role = _OF_A_USER.get(member.role, LIBRARY)
    found = [
        Assignment("user", member.id, role, p.id) for p in environments if member.reaches(p.id)
    ]
    account = f"cld::role::account::{member.role}"
    return found + ([Assignment("user", member.id, account, None)] if account in ROLES else [])
