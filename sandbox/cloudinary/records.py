"""What an account is made of."""

from dataclasses import dataclass, field


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

    @property
    def reaches_all(self) -> bool:
        """Whether every environment is theirs, the ones to come too."""
        return self.environments is None or self.role == "master_admin"

    def reaches(self, place_id: str) -> bool:
        """Whether this environment is theirs."""
        return self.reaches_all or place_id in (self.environments or [])


@dataclass
class Group:
    """A user group."""

    id: str
    name: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class Assignment:
    """A role that a principal holds (Permissions API); no `scope_id` is the account itself."""

    principal_type: str
    principal_id: str
    role_id: str
    scope_id: str | None


@dataclass
class Contents:
    """Everything that a restart must not lose."""

    places: list[Place] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    def forget(self, principal_type: str, principal_id: str) -> None:
        """Take every role from a principal that is no more."""
        self.assignments = [
            each
            for each in self.assignments
            if (each.principal_type, each.principal_id) != (principal_type, principal_id)
        ]
