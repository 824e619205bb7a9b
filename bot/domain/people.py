"""People: their identity at Slack, their Cloudinary user, and who is turned away."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from bot.domain.addresses import near_address, same_address

EVERYWHERE: Final = frozenset({"*"})
"""All environments, in place of their ids."""


class Role(StrEnum):
    """A Cloudinary user's fixed role (`users.role` of the Provisioning API)."""

    MASTER_ADMIN = "master_admin"
    ADMIN = "admin"
    TECHNICAL_ADMIN = "technical_admin"
    BILLING = "billing"
    REPORTS = "reports"
    MEDIA_LIBRARY_ADMIN = "media_library_admin"
    MEDIA_LIBRARY_USER = "media_library_user"


@dataclass(frozen=True)
class Actor:
    """A Slack user, as Slack's signature proves; a user id is unique within its team only.

    `team_id` is the workspace that the bot serves, wherever else the person is a member. The
    enterprise makes no other person: former versions stored it for some deliveries only.
    """

    team_id: str
    user_id: str
    enterprise_id: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.enterprise_id or '-'}:{self.team_id}:{self.user_id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text of `str()`."""
        enterprise, team, user = text.split(":")
        return cls(team, user, None if enterprise == "-" else enterprise)

    @property
    def forms(self) -> tuple["Actor", ...]:
        """Every form under which this person's records are stored, the present one first."""
        return (self, Actor(self.team_id, self.user_id)) if self.enterprise_id else (self,)


Actors = tuple[Actor, ...]


@dataclass(frozen=True)
class Profile:
    """A user as `users.info` describes them; `stranger` comes from another workspace.

    `teams` are more workspaces of the same organisation that they are a member of. `locale` is the
    language and region of their Slack, such as `de-DE`; empty if it is not known. `zone` is the
    name of their time zone, `offset` its seconds east of UTC.
    """

    user_id: str
    team_id: str
    name: str
    email: str
    email_confirmed: bool = True
    enterprise_id: str | None = None
    deleted: bool = False
    bot: bool = False
    guest: bool = False
    stranger: bool = False
    invited: bool = False
    teams: frozenset[str] = frozenset()
    locale: str = ""
    zone: str = ""
    offset: int | None = None

    @property
    def at_home_in(self) -> frozenset[str]:
        """Every id under which a delivery may name this user's team."""
        return self.teams | {self.team_id, self.enterprise_id or self.team_id}


@dataclass(frozen=True)
class CloudinaryUser:
    """A user of the Cloudinary account."""

    id: str
    name: str
    email: str
    role: Role | None
    enabled: bool
    pending: bool
    all_environments: bool
    last_login: datetime | None = field(default=None, compare=False)
    providers: tuple[str, ...] = field(default=(), compare=False)
    """Identity providers that the user signs in with; empty for a password."""


class KeyRight(StrEnum):
    """What Cloudinary's own policies allow a user on the keys of one environment."""

    NONE = "none"
    VIEW = "view"
    MANAGE = "manage"


@dataclass(frozen=True)
class Workspace:
    """A Slack workspace, and the organisation (Enterprise Grid) that it belongs to, if any."""

    id: str
    name: str
    enterprise_id: str | None = None


@dataclass(frozen=True)
class Person:
    """A confirmed member of the workspace, with their Cloudinary user's properties.

    `environments` is None for access to all. `rights`, by environment id, replace the role; they
    are None on an account without the Permissions API.
    """

    actor: Actor
    name: str
    email: str
    role: Role | None = None
    cloudinary_id: str | None = None
    environments: frozenset[str] | None = frozenset()
    groups: frozenset[str] = frozenset()
    rights: tuple[tuple[str, KeyRight], ...] | None = field(default=None)

    def reaches(self, environment_id: str) -> bool:
        """Whether Cloudinary gives this person access to the environment."""
        return self.environments is None or environment_id in self.environments

    def reaches_all(self, opened: Iterable[str]) -> bool:
        """Whether the same is true of each of these, which may be EVERYWHERE."""
        return self.environments is None or self.environments.issuperset(opened)

    def right_in(self, environment_id: str) -> KeyRight | None:
        """Return the right in an environment; None where the role decides."""
        if self.rights is None:
            return None
        return dict(self.rights).get(environment_id, KeyRight.NONE)


class IdentityReason(StrEnum):
    """Why a Slack user is turned away."""

    OTHER_TEAM = "other_team"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GUEST = "guest"
    NOT_JOINED = "not_joined"
    EMAIL_UNCONFIRMED = "email_unconfirmed"
    NO_EMAIL = "no_email"
    NEAR_ADDRESS = "near_address"
    OTHER_USER = "other_user"
    OTHER_ACCOUNT = "other_account"
    LOST_USER = "lost_user"
    UNREADABLE_BINDING = "unreadable_binding"


@dataclass(frozen=True)
class TurnedAway:
    """The Slack user may do nothing."""

    kind = "turned_away"
    actor: Actor
    reason: IdentityReason


class Mismatch(StrEnum):
    """Why an email address has no usable Cloudinary user."""

    NO_USER = "nobody"
    SEVERAL = "several"
    DISABLED = "disabled"
    PENDING = "pending"
    NEAR = "near"

    @property
    def stops(self) -> bool:
        """Whether it stops requests, too: Cloudinary has disabled the person, or can't tell who."""
        return self in {Mismatch.DISABLED, Mismatch.SEVERAL}


def admit(profile: Profile, team_id: str) -> IdentityReason | None:
    """Return why this profile may not act in the workspace `team_id`, if it may not.

    The profile's teams decide: a payload names this workspace even if a Slack Connect user clicks.
    """
    member = team_id in {profile.team_id} | profile.teams
    checks = (
        (not member or profile.stranger, IdentityReason.OTHER_TEAM),
        (profile.deleted, IdentityReason.DEACTIVATED),
        (profile.bot, IdentityReason.BOT),
        (profile.guest, IdentityReason.GUEST),
        (profile.invited, IdentityReason.NOT_JOINED),
        (not profile.email, IdentityReason.NO_EMAIL),
        (not profile.email_confirmed, IdentityReason.EMAIL_UNCONFIRMED),
    )
    return next((reason for failed, reason in checks if failed), None)


def find(email: str, users: Iterable[CloudinaryUser]) -> CloudinaryUser | Mismatch:
    """Return the one Cloudinary user with this email address, usable or not.

    Another address that only looks the same is no match: it may belong to an attacker.
    """
    known = list(users)
    found = [user for user in known if same_address(user.email, email)]
    if not found:
        near = any(near_address(user.email, email) for user in known)
        return Mismatch.NEAR if near else Mismatch.NO_USER
    if len(found) > 1:
        return Mismatch.SEVERAL
    return found[0]


def usable(found: CloudinaryUser | Mismatch) -> CloudinaryUser | Mismatch:
    """Return the user that was found, or why that user can't act."""
    if isinstance(found, Mismatch):
        return found
    if found.pending:
        return Mismatch.PENDING
    return found if found.enabled else Mismatch.DISABLED


def match(email: str, users: Iterable[CloudinaryUser]) -> CloudinaryUser | Mismatch:
    """Return the one usable Cloudinary user with this email address."""
    return usable(find(email, users))


def mentioned(by: Actor, mention: str) -> Actor:
    """The person whom someone of the same workspace mentions."""
    return replace(by, user_id=mention.removeprefix("@"))
