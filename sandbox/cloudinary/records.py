"""The records that make up an account."""

from dataclasses import dataclass, field

Content = tuple[str, str]
"""What a content role is about: `folder_id` or `collection_id`, and the id."""


@dataclass
class AccessKey:
    """An access key; its secret is random."""

    name: str | None
    api_key: str
    api_secret: str
    created_at: str
    updated_at: str
    enabled: bool
    root: bool = False
    dedicated_for: list[str] = field(default_factory=list)


@dataclass
class Asset:
    """An uploaded image; nothing of the file is kept."""

    public_id: str
    asset_id: str
    folder: str
    created_at: str


@dataclass
class Environment:
    """A product environment, its keys and its assets."""

    id: str
    name: str
    cloud_name: str
    created_at: str
    updated_at: str
    enabled: bool = True
    custom_attributes: dict[str, object] = field(default_factory=dict)
    keys: list[AccessKey] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)


@dataclass
class Member:
    """A user; `environments` is None for access to every environment.

    `providers` are the identity providers through which the user signs in; empty for a password.
    """

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
    providers: list[str] = field(default_factory=list)

    @property
    def reaches_all(self) -> bool:
        """Whether the user has access to every environment, future ones included."""
        return self.environments is None or self.role == "master_admin"

    def reaches(self, environment_id: str) -> bool:
        """Whether the user has access to this environment."""
        return self.reaches_all or environment_id in (self.environments or [])


@dataclass
class Group:
    """A user group."""

    id: str
    name: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class Assignment:
    """A role that a principal holds (Permissions API); `scope_id` is None for the whole account.

    A role of a folder or a collection has its content.
    """

    principal_type: str
    principal_id: str
    role_id: str
    scope_id: str | None
    content: Content | None = None


@dataclass
class Contents:
    """All state of an account; it survives a restart.

    `withdrawn` are roles that users would have by their role from before the Permissions API.
    `version` is 0 for a state from before the account key had roles.
    """

    environments: list[Environment] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    withdrawn: list[Assignment] = field(default_factory=list)
    version: int = 1

    def forget(self, principal_type: str, principal_id: str) -> None:
        """Remove every role of a principal that was deleted."""
        self.assignments = [
            each
            for each in self.assignments
            if (each.principal_type, each.principal_id) != (principal_type, principal_id)
        ]
