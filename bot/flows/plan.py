"""A plan: a command with its target found, ready to be authorized and then applied."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.brownouts import Brownout
from bot.domain.bulk import Part
from bot.domain.commands.environments import EnvironmentChange
from bot.domain.commands.groups import AddToGroup, DropFromGroup, GroupChange, RemoveGroup
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.key_records import RecordChange
from bot.domain.commands.keys import CreateKey, KeyChange, RolesOfKey
from bot.domain.commands.registry import base_action_of
from bot.domain.commands.requests import Renew, RequestKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.commands.users import LinkUser, OffboardUser, UserChange
from bot.domain.environments import Environment
from bot.domain.key_roles import KeyRole, Loss
from bot.domain.keys import Key
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.policy import Action, Allowed
from bot.domain.requests.machine import Request
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.signing import SignerMove
from bot.domain.user_groups import GroupTerms
from bot.domain.users import UserTerms


@dataclass(frozen=True)
class Plan:
    """What a command is going to do, frozen: request terms are created from it.

    `command` names its target by API key and cloud name; `environment` is NOWHERE for one that
    concerns none. `owner` receives the credentials; the default is the requester. `tracked` opens a
    request even if no approval is needed; `by_vote` spends no budget in place of an approval.
    `obstacle` is the answer that applying the plan would end in; with one, no approver is asked.
    `signer` is how the change would move the webhook signer.
    """

    command: (
        KeyChange
        | CreateKey
        | RolesOfKey
        | RotateKey
        | RecordChange
        | RequestKey
        | Renew
        | LinkUser
        | OffboardUser
        | EnvironmentChange
        | GroupChange
        | UserChange
    )
    environment: Environment
    name: str
    key: Key | None = None
    owner: Actor | None = None
    owner_id: str = ""
    owner_mailbox: str = ""
    reason: str = ""
    lasts: timedelta | None = None
    emergency: bool = False
    tracked: bool = False
    by_vote: bool = False
    obstacle: Outcome | None = None
    role: KeyRole | None = None
    """The one that a key gets or loses."""
    loss: Loss | None = None
    signer: SignerMove | None = None
    group: GroupTerms | None = None
    user: UserTerms | None = None
    master_admin: bool = False
    """Whether a user becomes a master admin, or is none afterwards."""
    opens: tuple[str, ...] = ()
    """Where a person can do more afterwards, as of the terms of a request."""
    parts: tuple[Part, ...] = ()
    """What an offboarding ends."""
    brownout: Brownout | None = None
    rotation: RotationTerms | None = None

    @property
    def given(self) -> tuple[KeyRole, ...]:
        """The roles of a new key."""
        if self.rotation:
            return self.rotation.roles or ()
        return (self.role,) if self.role else ()

    @property
    def action(self) -> Action:
        """The action that the policy decides about, the gravest of them."""
        if self.master_admin:
            return Action.USER_MASTER_ADMIN
        gives = getattr(self.command, "change", ADD) == ADD
        if self.role and self.role.master and gives:
            return Action.KEY_MASTER_ADMIN
        if self.rotation and self.rotation.grave:
            return Action.KEY_MASTER_ADMIN
        if self.group and _is_grave(self.group, self.command):
            return Action.USER_MASTER_ADMIN
        return base_action_of(self.command)


def _is_grave(group: GroupTerms, command: object) -> bool:
    """Whether a change of a group gives rights away, or takes Master Admin."""
    if isinstance(command, DropFromGroup | RemoveGroup):
        return group.masters
    return group.grave and isinstance(command, AddToGroup)


@dataclass(frozen=True)
class Approved:
    """The authority of an approved request, in place of the policy's own permission."""

    request: Request
    notify: bool = False

    @property
    def policy(self) -> str:
        """The authority as the audit log names it."""
        return f"{self.request.policy}, request {self.request.id}"


Authority = Allowed | Approved
"""By what right a plan is applied."""
