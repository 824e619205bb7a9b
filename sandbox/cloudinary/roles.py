"""Cloudinary's system roles, and one custom role from the OpenAPI document's samples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.cloudinary import policies
from sandbox.cloudinary.policies import EPOCH, Scope, SystemPolicy
from sandbox.cloudinary.records import Assignment, Environment, Member

MASTER: Final = "cld::role::prodenv::master_admin"
LIBRARY: Final = "cld::role::prodenv::ml_user"
REPORTS: Final = "cld::role::prodenv::reports"
BILLING: Final = "cld::role::prodenv::billing"
UPLOADER: Final = "upload_manager_12334565"
FOLDER_VIEWER: Final = "cld::role::folder::viewer"
CONTRIBUTOR: Final = "cld::role::folder::contributor"
FOLDER_MANAGER: Final = "cld::role::folder::manager"
COLLECTION_VIEWER: Final = "cld::role::collection::viewer"
ACCOUNT_MASTER: Final = "cld::role::account::master_admin"
PRINCIPALS: Final[Mapping[str, str]] = {
    "user": "user",
    "group": "group",
    "apiKey": "APIKey",
    "provisioningKey": "APIKey",
}
"""Types of principals, and their names in Cedar."""


@dataclass(frozen=True)
class Role:
    """A role and the policies behind it."""

    id: str
    name: str
    description: str
    policies: tuple[SystemPolicy, ...]
    management: str = "system"

    @property
    def scope(self) -> Scope:
        """Where the role is held."""
        return self.policies[0].scope

    @property
    def parameters(self) -> tuple[str, ...]:
        """The content that the role is about, such as `folder_id`; empty for everything."""
        return self.policies[0].parameters

    @property
    def permission_type(self) -> str:
        """`global` or `content`."""
        return self.policies[0].permission_type

    def shown(self) -> dict[str, object]:
        """The role as the API gives it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "management_type": self.management,
            "permission_type": self.permission_type,
            **({"policy_parameters": list(self.parameters)} if self.parameters else {}),
            "scope_type": self.scope,
            "created_at": EPOCH,
            "updated_at": EPOCH,
        }

    def listed(self) -> dict[str, object]:
        """The role as the public catalog gives it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "permission_type": self.permission_type,
            "scope_type": self.scope,
            "system_policy_ids": [policy.id for policy in self.policies],
        }


_VIEWER: Final = (policies.FOLDER_VIEW, policies.FOLDER_DOWNLOAD)
_CONTRIBUTOR: Final = (*_VIEWER, policies.FOLDER_ADD, policies.FOLDER_SUBFOLDERS)
_EDITOR: Final = (*_CONTRIBUTOR, policies.FOLDER_EDIT)
_REPORTS: Final = (policies.USAGE, policies.DELIVERY, policies.ERRORS)

ROLES: Final[Mapping[str, Role]] = {
    role.id: role
    for role in (
        Role(
            ACCOUNT_MASTER,
            "Master Admin",
            "Manage all account-level settings and features.",
            (
                policies.USERS,
                policies.SECURITY,
                policies.ENVIRONMENTS,
                policies.ACCOUNT_REPORTS,
            ),
        ),
        Role(
            "cld::role::account::admin",
            "Admin",
            "Manage roles, users, and groups, and access Cloudinary products.",
            (policies.USERS,),
        ),
        Role(
            "cld::role::account::reports",
            "Reports",
            "View account-level reports and usage metrics, including audit logs, dashboard usage"
            " summaries, and account-wide activity reports.",
            (policies.ACCOUNT_REPORTS,),
        ),
        Role(
            MASTER,
            "Master Admin",
            "Fully manage product environment, including settings, product features, dashboards,"
            " and reports.",
            (
                *(policies.ML_ACCESS, policies.VIEW, policies.CREATE, policies.MANAGE),
                *(policies.MODERATE, policies.KEYS, policies.UPLOAD_SETTINGS, *_REPORTS),
            ),
        ),
        Role(
            LIBRARY,
            "Media Library User",
            "Access specific folders and collections according to assigned permissions.",
            (policies.ML_ACCESS,),
        ),
        Role(REPORTS, "Reports", "View product environment reports and usage metrics.", _REPORTS),
        Role(
            BILLING,
            "Billing",
            "View what the product environment uses, and its bills.",
            (policies.USAGE,),
        ),
        Role(
            UPLOADER,
            "Upload manager",
            "Responsible for managing upload presets and uploading new assets.",
            (policies.UPLOAD_SETTINGS, policies.CREATE),
            management="custom",
        ),
        Role(FOLDER_VIEWER, "Viewer", "View and download public assets.", _VIEWER),
        Role(
            CONTRIBUTOR,
            "Contributor",
            "Viewer permissions, plus add assets and create subfolders.",
            _CONTRIBUTOR,
        ),
        Role(
            "cld::role::folder::editor",
            "Editor",
            "Contributor permissions, plus change and replace assets.",
            _EDITOR,
        ),
        Role(
            FOLDER_MANAGER,
            "Manager",
            "Editor permissions, plus delete, share, and full download access.",
            (*_EDITOR, policies.FOLDER_MANAGE),
        ),
        Role(
            COLLECTION_VIEWER,
            "Viewer",
            "View the assets of the collection.",
            (policies.COLLECTION_VIEW,),
        ),
        Role(
            "cld::role::collection::contributor",
            "Contributor",
            "Viewer permissions, plus add assets to the collection.",
            (policies.COLLECTION_VIEW, policies.COLLECTION_ADD),
        ),
    )
}
_OF_A_USER: Final = {
    "master_admin": MASTER,
    "admin": MASTER,
    "technical_admin": MASTER,
    "reports": REPORTS,
    "billing": BILLING,
}


def of_user(member: Member, environments: Iterable[Environment]) -> list[Assignment]:
    """The new roles that a user has because of the role from before the Permissions API."""
    role = _OF_A_USER.get(member.role, LIBRARY)
    found = [
        Assignment("user", member.id, role, p.id) for p in environments if member.reaches(p.id)
    ]
    account = f"cld::role::account::{member.role}"
    return found + ([Assignment("user", member.id, account, None)] if account in ROLES else [])
