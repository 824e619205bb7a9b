"""The terms of a request, its requester, and what approvers see beside them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.addresses import mailbox, one_mailbox
from bot.domain.bulk import Part
from bot.domain.fingerprints import fingerprint_of
from bot.domain.key_roles import KeyRole, Loss
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.signing import SignerMove
from bot.domain.user_groups import GroupTerms
from bot.domain.users import UserTerms

CREATING: Final = frozenset({Action.KEY_REQUEST, Action.KEY_CREATE, Action.KEY_MASTER_ADMIN})
"""Actions that create a key, where they are not about an existing one."""


@dataclass(frozen=True)
class Terms:
    """What is requested, frozen: other terms are another request.

    `command` is the canonical text that will be executed; `key` is its access key, empty for one
    that will be created; `lasts` is how long the granted access lasts. `signer` is how the change
    moves the webhook signer, if it does.
    """

    action: Action
    command: str
    environment_id: str
    environment_name: str
    cloud_name: str
    tier: str
    key: str
    name: str
    requester: Actor
    owner: Actor
    reason: str = ""
    lasts: timedelta | None = None
    role: KeyRole | None = None
    """The role that the key gets or loses; None on an account without roles."""
    loss: Loss | None = None
    """What the key can't do without it, if it loses it."""
    signer: SignerMove | None = None
    group: GroupTerms | None = None
    """The user group that the request changes."""
    user: UserTerms | None = None
    """How a user's role or environments change."""
    parts: tuple[Part, ...] = ()
    """What an offboarding ends, and no more."""
    opens: tuple[str, ...] = ()
    """Ids of environments in which a person can do more afterwards, or EVERYWHERE.

    An approver has access to each, as the requester has.
    """
    rotation: RotationTerms | None = None
    """The successor of the key that the request rotates."""

    @property
    def creates(self) -> bool:
        """Whether a new key follows, whose credentials wait for the owner."""
        return not self.key and self.action in CREATING

    @property
    def is_request(self) -> bool:
        """Whether it is a request for credentials, or for longer access, whatever the role is."""
        asks = self.command.startswith(("request ", "renew "))
        return self.action is Action.KEY_REQUEST or (self.role is not None and asks)

    @property
    def fingerprint(self) -> str:
        """The fingerprint that a vote counts for: on the card, in the audit log, on the page."""
        lasts = self.lasts.total_seconds() if self.lasts else None
        role = ("role", self.role.ref, self.role.name) if self.role else ()
        moves = ("signer", self.signer.old, self.signer.new) if self.signer else ()
        return fingerprint_of(
            *(self.action, self.command, self.environment_id, self.environment_name),
            *(self.cloud_name, self.tier, self.key, self.name),
            *(str(self.requester), str(self.owner), self.reason, lasts),
            *role,  # terms without one keep their fingerprint
            *(self.loss.parts if self.loss else ()),
            *moves,
            *(self.group.parts if self.group else ()),
            *(("user", *self.user.parts) if self.user else ()),
            *(("opens", *self.opens) if self.opens else ()),
            *(text for part in self.parts for text in ("part", *part.frozen)),
            *(self.rotation.parts if self.rotation else ()),
        )


@dataclass(frozen=True)
class Asker:
    """The requester, as Slack and Cloudinary described them then."""

    name: str
    email: str
    role: str
    cloudinary_id: str = ""
    owner_id: str = ""
    """The Cloudinary user of the owner."""
    owner_mailbox: str = ""
    """The mailbox of the owner, as of `mailbox`; empty if it is not known."""

    def is_owner(self, user_id: str, address: str) -> bool:
        """Whether a Cloudinary user is the owner's, or an address leads to their mailbox."""
        return user_id == self.owner_id or one_mailbox(mailbox(address), self.owner_mailbox)

    def is_mailbox_of(self, address: str) -> bool:
        """Whether an address leads to the mailbox of the requester or of the owner."""
        asked = mailbox(address)
        return one_mailbox(asked, mailbox(self.email)) or one_mailbox(asked, self.owner_mailbox)


@dataclass(frozen=True)
class Evidence:
    """What approvers see beside the terms, as it was when the request opened.

    `approvers` are names of people who could approve; `siblings` counts the environment's enabled
    keys. Of the last 90 days, `decided` counts the requester's requests of the same kind which
    people approved or denied, and `approved` the approved ones. `before` and `granted` are what
    older records counted instead: the requester's requests of every kind.
    """

    approvers: tuple[str, ...] = ()
    siblings: int = 0
    created_at: datetime | None = None
    enabled: bool | None = None
    last: str = ""
    before: int = 0
    granted: int = 0
    decided: int | None = None
    approved: int = 0
    unread: bool = False
    """Whether Keysmith could not read the environment's keys."""
    changed_at: datetime | None = None
    """When a key of an environment that is to be disabled last changed."""
    rotation: str = ""
    """Of a key that is to be deleted: the id and the phase of its running rotation."""


class Waiver(StrEnum):
    """Why a request was approved without a vote."""

    AT_ONCE = "at_once"
    BUDGET = "budget"
    EMERGENCY = "emergency"
