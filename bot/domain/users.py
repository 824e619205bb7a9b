"""Users of the Cloudinary account: what each role covers, and which changes are refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.addresses import mailbox, one_mailbox
from bot.domain.people import EVERYWHERE, CloudinaryUser, Person, Role
from bot.domain.policy import GROUPS

ACCOUNT_ROLE: Final = "cld::role::account::"
"""How the ids of Cloudinary's own roles of the whole account begin."""
ACCOUNT_MASTER: Final = ACCOUNT_ROLE + Role.MASTER_ADMIN
ALL_PLACES: Final = tuple(EVERYWHERE)
LEAST_FIRST: Final = tuple(reversed(Role))
"""Fixed roles, the least one first."""
_UNDER_ADMIN: Final = frozenset(Role) - {Role.MASTER_ADMIN, Role.BILLING}
COVERS: Final[Mapping[Role | None, frozenset[Role]]] = {
    Role.MASTER_ADMIN: frozenset(Role),
    Role.ADMIN: _UNDER_ADMIN,
    Role.TECHNICAL_ADMIN: _UNDER_ADMIN - {Role.ADMIN},
    Role.MEDIA_LIBRARY_ADMIN: frozenset({Role.MEDIA_LIBRARY_ADMIN, Role.MEDIA_LIBRARY_USER}),
}
"""The roles that hold no more than a role; one that is not listed covers itself."""


ROLE_NAMES: Final = {
    role: role.replace("_", " ").capitalize().replace("library", "Library") for role in Role
}
"""Fixed roles as Cloudinary's Console names them."""


class SignIn(StrEnum):
    """How a user comes in."""

    INVITED = "invited"
    PROVIDER = "provider"
    PASSWORD = "password"  # noqa: S105  # the name of a way, and no password


class Refusal(StrEnum):
    """Why a change of a user is refused, whatever the policy says; stored words."""

    OWN_USER = "own_user"
    MORE_THAN_HELD = "more_than_held"
    LAST_MASTER_ADMIN = "last_master_admin"
    MORE_ENVIRONMENTS = "more_environments"
    NO_ADDRESS = "no_address"
    CHANGED_SINCE = "changed_since"
    UNAPPROVED = "unapproved"
    BY_CLOUDINARY = "by_cloudinary"
    IN_PART = "in_part"
    WHICH_ENVIRONMENT = "which_environment"


@dataclass(frozen=True)
class UserTerms:
    """What a change does to a user: the role, or the environments by name, before and after.

    ALL_PLACES stands for every environment. `lost` are those that the requester can see; `unseen`
    counts the others.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    unseen: int = 0

    @property
    def gained(self) -> tuple[str, ...]:
        """The environments that the user gets access to."""
        had = self.before == ALL_PLACES
        return () if had else tuple(each for each in self.after if each not in self.before)

    @property
    def parts(self) -> tuple[str, ...]:
        """What approvers see, for the fingerprint of a request."""
        return (*self.before, "→", *self.after, "-", *self.lost, str(self.unseen))


@dataclass(frozen=True)
class AccountUser:
    """A user, and whether they are a master admin of the account: themselves, or by a group."""

    user: CloudinaryUser
    master: bool = False
    by_group: bool = False

    @property
    def able(self) -> bool:
        """Whether they can sign in."""
        return self.user.enabled and not self.user.pending


Change = Mapping[str, AccountUser | None]
"""What becomes of the users with these ids; None for one that is removed."""


def sign_in(user: CloudinaryUser) -> SignIn:
    """Tell invited users and those of an identity provider apart."""
    if user.pending:
        return SignIn.INVITED
    return SignIn.PROVIDER if user.providers else SignIn.PASSWORD


def covers(held: Role | None, given: Role | None) -> bool:
    """Whether who holds the one role holds all that the other gives; unknown ones cover nothing."""
    own = frozenset({held} if held else ())
    return given is not None and given in COVERS.get(held, own)


def last_master_admin(users: Iterable[AccountUser], change: Change) -> bool:
    """Whether a change takes the account's last master admin who can sign in.

    One who is a master admin themselves remains, too: a group alone does not keep the account.
    """
    before = {each.user.id: each for each in users}
    after = [each for each in ({**before, **change}).values() if each]
    ways: tuple[Callable[[AccountUser], bool], ...] = (_own_master, _any_master)
    return any(any(map(way, before.values())) and not any(map(way, after)) for way in ways)


def _own_master(each: AccountUser) -> bool:
    return each.able and each.master


def _any_master(each: AccountUser) -> bool:
    return each.able and (each.master or each.by_group)


def is_own(person: Person, user: CloudinaryUser) -> bool:
    """Whether a user is the person, by their Cloudinary user or by their mailbox."""
    same = user.id == person.cloudinary_id
    return same or one_mailbox(mailbox(person.email), mailbox(user.email))


def is_still(actor: Person, users: Mapping[str, AccountUser]) -> bool:
    """Whether the actor can sign in, as the admin as whom they were identified.

    Of the environments only whether they are all is known here.
    """
    now = users.get(actor.cloudinary_id or "")
    if now is None or not now.able or now.user.role is not actor.role:
        return False
    if actor.role not in GROUPS["admins"]:  # by any policy, only an admin asks
        return False
    return now.user.all_environments or actor.environments is not None


def refusal(
    actor: Person,
    target: CloudinaryUser,
    users: Iterable[AccountUser],
    change: Change,
    given: Role | None = None,
) -> Refusal | None:
    """Why the actor may not change the target, if so; `given` is the role that a user gets."""
    if is_own(actor, target):
        return Refusal.OWN_USER
    if given and not covers(actor.role, given):
        return Refusal.MORE_THAN_HELD
    return Refusal.LAST_MASTER_ADMIN if last_master_admin(users, change) else None
