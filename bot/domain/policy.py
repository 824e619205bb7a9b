"""Actions, and the policy's decisions on them: values with a reason, never a bare yes or no."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.environments import Environment
from bot.domain.people import Person, Role

GROUPS = {
    "admins": frozenset({Role.ADMIN, Role.MASTER_ADMIN}),
    "key_roles": frozenset({Role.TECHNICAL_ADMIN, Role.ADMIN, Role.MASTER_ADMIN}),
    "members": frozenset(Role),
}
"""Groups of roles that a rule may name, and the fixed roles in each."""


class Action(StrEnum):
    """What the policy decides about; the values are the actions of the Cedar rules."""

    HELP = "help"
    WHOAMI = "whoami"
    EXPLAIN = "explain"
    CLAIM = "claim"
    REQUESTS = "requests"
    DECIDE = "decide"
    ENV_LIST = "env:list"
    ENV_SHOW = "env:show"
    KEY_LIST = "key:list"
    KEY_SHOW = "key:show"
    KEY_CREATE = "key:create"
    KEY_ENABLE = "key:enable"
    KEY_DISABLE = "key:disable"
    KEY_RENAME = "key:rename"
    KEY_DELETE = "key:delete"
    KEY_REQUEST = "key:request"
    ENV_TIER = "env:tier"


EVERYWHERE = frozenset(action for action in Action if ":" not in action)
"""Actions that concern no environment."""
AS_IN_PRODUCTION: Final = frozenset({Action.ENV_TIER})
"""Actions that the policy decides as in production, whatever the environment's tier is."""


@dataclass(frozen=True)
class Question:
    """May this person do this here? `environment` is None for an action in EVERYWHERE."""

    person: Person
    action: Action
    environment: Environment | None


@dataclass(frozen=True)
class Allowed:
    """At once, by the rule with the @id `policy`; `notify` sends a notice to security."""

    policy: str
    notify: bool = False


@dataclass(frozen=True)
class Approval:
    """What a rule requires: how many approvals, from which people, on which conditions.

    Approvers are roles, groups of roles, `group:` and the name of a Cloudinary group, `person:` and
    a Slack user id, or `oncall:` and the id of a Slack user group. One of `of_which` must be among
    those who approve; `denials` votes against settle the request; `reason` is a pattern for the
    reason; `longest` limits the access. With `comment`, each approver types a comment; with
    `high_risk`, the key's name. `emergency` may act at once and be reviewed afterwards.
    """

    quorum: int
    approvers: tuple[str, ...]
    of_which: tuple[str, ...] = ()
    denials: int = 1
    reason: str = ""
    longest: timedelta | None = None
    comment: bool = False
    high_risk: bool = False
    emergency: tuple[str, ...] = ()
    escalation: "Escalation | None" = None
    auto: "AutoApproval | None" = None

    def open_to(self, waited: timedelta) -> frozenset[str]:
        """Return the names of those who may approve after a request has waited this long."""
        wider = self.escalation if self.escalation and waited >= self.escalation.after else None
        return frozenset({*self.approvers, *self.of_which, *(wider.to if wider else ())})


@dataclass(frozen=True)
class Escalation:
    """More approvers, once a request has waited this long."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True)
class AutoApproval:
    """The rule approves by itself: a number for each person in a week, until a date."""

    each_week: int
    until: date


@dataclass(frozen=True)
class NeedsApproval:
    """Only with an approval, by the rule with the @id `policy`."""

    policy: str
    approval: Approval


class RefusalReason(StrEnum):
    """Why a policy refuses."""

    NOT_AT_CLOUDINARY = "not_at_cloudinary"
    NO_ACCESS = "no_access"
    ROLE = "role"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Refused:
    """Never. `policy` is the @id of the rule that forbids, None if no rule permits."""

    reason: RefusalReason
    policy: str | None = None


Decision = Allowed | NeedsApproval | Refused


@dataclass(frozen=True)
class Explanation:
    """Who could do this here: a decision for each role, and the person's own."""

    action: Action
    environment: Environment | None
    own: Decision
    roles: tuple[tuple[str, Decision], ...]
