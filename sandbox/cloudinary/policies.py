"""Cloudinary's system policies in Cedar.

Ids and statements are those of the OpenAPI document's samples. Where it has no sample, the id or
the statement is the sandbox's own choice: `OWN` lists those.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.cloudinary.records import Content

Scope = Literal["account", "prodenv"]
SCOPES: Final[tuple[Scope, ...]] = ("account", "prodenv")
EPOCH: Final = 1_719_475_216
"""When every system role and policy was created (Unix seconds), as in the documented samples."""

_SETTINGS: Final = ("Settings", "Upload Settings")
_ASSETS: Final = ("Management", "Folder and asset management")
_FOLDER: Final = "resource.ancestor_ids.contains({folder_id})"
_COLLECTION: Final = "resource.collection_ids.contains({collection_id})"


@dataclass(frozen=True)
class SystemPolicy:
    """A system policy; each rule is a statement without its effect and principal.

    `parameters` names the content that a rule is about, with a placeholder in braces.
    """

    id: str
    name: str
    description: str
    category: tuple[str, str]
    rules: tuple[str, ...]
    scope: Scope = "prodenv"
    parameters: tuple[str, ...] = ()

    @property
    def permission_type(self) -> str:
        """Whether the policy is about everything in its scope, or about some content."""
        return "content" if self.parameters else "global"

    def statement(self, principal: str = "principal", content: Content | None = None) -> str:
        """The policy in Cedar; content that is not given keeps its placeholder."""
        found = "\n".join(f"permit({principal}, {rule};" for rule in self.rules)
        for name in self.parameters:
            value = content[1] if content and content[0] == name else f"<{name}>"
            found = found.replace(f"{{{name}}}", _quoted(value))
        return found

    def shown(self, content: Content | None = None) -> dict[str, object]:
        """The policy as the API gives it."""
        return {
            **self._common(),
            "policy_statement": self.statement(content=content),
            **({"policy_parameters": list(self.parameters)} if self.parameters else {}),
            "created_at": EPOCH,
            "updated_at": EPOCH,
        }

    def listed(self) -> dict[str, object]:
        """The policy as the public catalog gives it."""
        return {**self._common(), "policy": self.statement()}

    def _common(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "category": self.category[0],
            "sub_category": self.category[1],
            "permission_type": self.permission_type,
            "scope_type": self.scope,
        }


def _quoted(text: str) -> str:
    """A string of Cedar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _on(kind: str, *actions: str, when: str = "") -> str:
    """A rule about all entities of a type; without actions it is about every action."""
    named = [f'Cloudinary::Action::"{action}"' for action in actions]
    means = {0: "action", 1: f"action == {''.join(named)}"}
    action = means.get(len(named), f"action in [{', '.join(named)}]")
    return f"{action}, resource is Cloudinary::{kind})" + (f" when {{ {when} }}" if when else "")


def _feature(name: str) -> str:
    return f'action, resource == Cloudinary::Feature::"cld::global::{name}")'


def _report(name: str, kind: str) -> tuple[str, str]:
    return _feature(f"reports::{name}::view"), _on(
        "Report", "read", when=f'resource.type == "{kind}"'
    )


def _global(
    name: str, title: str, description: str, category: tuple[str, str], *rules: str
) -> SystemPolicy:
    return SystemPolicy(f"cld::policy::global::{name}", title, description, category, rules)


def _account(name: str, title: str, description: str, *rules: str) -> SystemPolicy:
    category = ("Account", "Account settings")
    id_ = f"cld::policy::global::{name}"
    return SystemPolicy(id_, title, description, category, rules, scope="account")


def _content(kind: str, name: str, title: str, description: str, *rules: str) -> SystemPolicy:
    id_ = f"cld::policy::content::{kind}::{name}"
    category = (kind.capitalize(), "View and download" if "view" in name else "Contribute")
    return SystemPolicy(id_, title, description, category, rules, parameters=(f"{kind}_id",))


ML_ACCESS: Final = _global(
    "ml::access",
    "Access the Media Library",
    "Access the Media Library within the Console. Without this permission, users can't view any"
    " assets.",
    ("Management", "General operations"),
    _feature("ml::access"),
)
VIEW: Final = _global(
    "folder_and_asset_management::view",
    "View all folders and assets",
    "View all folders and assets, without requiring specific folder permissions.",
    _ASSETS,
    _on("Asset", "read"),
    _on("Folder", "read"),
)
CREATE: Final = _global(
    "folder_and_asset_management::create_asset",
    "Upload assets",
    "Upload assets to any folder, including the root, without requiring specific folder"
    " permissions. Includes the option to select an upload preset and apply tags and metadata.",
    _ASSETS,
    'action in [Cloudinary::Action::"create"], resource is Cloudinary::Asset)',
)
MANAGE: Final = _global(
    "folder_and_asset_management::manage",
    "Manage all folders and assets",
    "View, upload, change, move, and delete all folders, assets and collections.",
    _ASSETS,
    _on("Asset"),
    _on("Folder"),
    _on("Collection"),
)
MODERATE: Final = _global(
    "assets::moderate",
    "Moderate all assets",
    "Approve and reject all assets in moderation.",
    ("Management", "Moderation"),
    _on("Asset", "moderate"),
)
KEYS: Final = _global(
    "api_keys::manage",
    "Manage API keys",
    "View, create, modify, or delete the API keys of the product environment.",
    ("Settings", "API Keys"),
    _feature("api_keys::view"),
    _feature("api_keys::manage"),
)
UPLOAD_SETTINGS: Final = _global(
    "upload_presets::manage",
    "Manage upload settings",
    "View, create, modify, or delete upload settings, such as upload presets, upload mappings, and"
    " upload defaults.",
    _SETTINGS,
    _on("UploadPreset"),
    _on("UploadMapping"),
    _on("ProductEnvironment", "update_settings"),
    _feature("upload_settings::manage"),
    _feature("upload_settings::access"),
)
USAGE: Final = _global(
    "reports::usage::view",
    "View usage reports",
    "View how much of its plan the product environment uses.",
    ("Reports", "Usage"),
    *_report("usage", "env_usage"),
)
DELIVERY: Final = _global(
    "reports::delivery::view",
    "View delivery reports",
    "View what the product environment delivers.",
    ("Reports", "Delivery"),
    *_report("delivery", "delivery"),
)
ERRORS: Final = _global(
    "reports::errors::view",
    "View error reports",
    "View which deliveries fail.",
    ("Reports", "Errors"),
    *_report("errors", "errors"),
)
USERS: Final = _account(
    "users_and_groups::manage",
    "Manage users and groups",
    "View, create, modify, or delete users and groups.",
    _on("User"),
    _on("Group"),
    *(
        _feature(f"{kind}::{action}")
        for kind in ("users", "groups")
        for action in ("view", "create", "update", "delete")
    ),
)
SECURITY: Final = _account(
    "account_security::manage",
    "Manage account security",
    "View and change the security settings of the account.",
    _feature("account::view"),
    _feature("account::update"),
    _on("Account", "read"),
    _on("Account", "update"),
)
ENVIRONMENTS: Final = _account(
    "product_environments::manage",
    "Manage product environments",
    "View, create, modify, or delete product environments.",
    _on("ProductEnvironment"),
)
ACCOUNT_REPORTS: Final = _account(
    "account_reports::view",
    "View account reports",
    "View account-level reports and usage metrics.",
    _on("Report", "read", when='resource.type == "account_usage"'),
)
FOLDER_VIEW: Final = _content(
    "folder",
    "view_download",
    "View assets",
    "View all assets in the folder and its nested subfolders.",
    _on("Folder", "read", when=_FOLDER),
    _on("Asset", "read", when=_FOLDER),
)
FOLDER_DOWNLOAD: Final = _content(
    "folder",
    "download_public_assets",
    "Download public assets",
    "Download the public assets in the folder and its nested subfolders.",
    _on("Asset", "download", when=_FOLDER),
)
FOLDER_ADD: Final = _content(
    "folder",
    "add_assets",
    "Add assets",
    "Add assets to the folder by uploading new files, saving an asset as new, or moving existing"
    " assets from other folders. Tags and structured metadata can be applied during upload.",
    _on("Asset", "create", when=_FOLDER),
)
FOLDER_SUBFOLDERS: Final = _content(
    "folder",
    "create_subfolders",
    "Create subfolders",
    "Create subfolders in the folder.",
    _on("Folder", "create", when=_FOLDER),
)
FOLDER_EDIT: Final = _content(
    "folder",
    "edit_assets",
    "Edit assets",
    "Change and replace the assets in the folder and its nested subfolders.",
    _on("Asset", "update", when=_FOLDER),
)
FOLDER_MANAGE: Final = _content(
    "folder",
    "manage",
    "Manage the folder",
    "Delete and share the folder, its assets and its nested subfolders.",
    _on("Asset", "delete", "share", "move", when=_FOLDER),
    _on("Folder", "update", "delete", "share", "move", when=_FOLDER),
)
COLLECTION_VIEW: Final = _content(
    "collection",
    "view_download",
    "View assets of the collection",
    "View all assets in the collection.",
    _on("Asset", "read", when=_COLLECTION),
)
COLLECTION_ADD: Final = _content(
    "collection",
    "add_assets",
    "Add assets to the collection",
    "Add existing assets to the collection, and remove them.",
    _on("Asset", "curate", when=_COLLECTION),
)

POLICIES: Final[Mapping[str, SystemPolicy]] = {
    each.id: each
    for each in (
        *(ML_ACCESS, VIEW, CREATE, MANAGE, MODERATE, KEYS, UPLOAD_SETTINGS),
        *(USAGE, DELIVERY, ERRORS),
        *(USERS, SECURITY, ENVIRONMENTS, ACCOUNT_REPORTS),
        *(FOLDER_VIEW, FOLDER_DOWNLOAD, FOLDER_ADD),
        *(FOLDER_SUBFOLDERS, FOLDER_EDIT, FOLDER_MANAGE),
        *(COLLECTION_VIEW, COLLECTION_ADD),
    )
}
OWN: Final = frozenset(
    {
        MANAGE.id,
        ENVIRONMENTS.id,
        ACCOUNT_REPORTS.id,
        FOLDER_SUBFOLDERS.id,
        FOLDER_EDIT.id,
        FOLDER_MANAGE.id,
        COLLECTION_VIEW.id,
        COLLECTION_ADD.id,
    }
)
"""Policies whose ids no published text has."""
