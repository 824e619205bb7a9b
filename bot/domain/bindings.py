"""Bindings: which Slack user is which Cloudinary user, from the first use on.

An address may change hands, at Slack or at Cloudinary; a binding does not. Each Slack user has one
Cloudinary user and the other way round, so that no second account takes a person's place.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import Actor, IdentityReason


@dataclass(frozen=True)
class Binding:
    """One Slack user and one Cloudinary user; `by` is the request that linked them, if one did."""

    slack: str
    cloudinary_id: str
    at: datetime
    by: str = ""


@dataclass(frozen=True)
class Bound:
    """What is bound already: the Slack user's own binding, and that of the Cloudinary user.

    `unreadable` is whether one of the two was altered or removed by others than Keysmith; it is
    None here.
    """

    own: Binding | None = None
    holder: Binding | None = None
    unreadable: bool = False

    @property
    def free(self) -> bool:
        """Whether neither of the two is bound."""
        return self == Bound()


def slack_name(actor: Actor) -> str:
    """Name a Slack user for a binding: as actors are compared, by the workspace and the id."""
    return f"{actor.team_id}:{actor.user_id}"


def binding_fault(actor: Actor, cloudinary_id: str, bound: Bound) -> IdentityReason | None:
    """Return why this Slack user may not be this Cloudinary user, if they may not."""
    if bound.unreadable:
        return IdentityReason.UNREADABLE_BINDING
    if bound.own and bound.own.cloudinary_id != cloudinary_id:
        return IdentityReason.OTHER_USER
    if bound.own != bound.holder or (bound.holder and bound.holder.slack != slack_name(actor)):
        return IdentityReason.OTHER_ACCOUNT
    return None
