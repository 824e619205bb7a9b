"""What a policy answers: values with a reason, never a bare yes or no."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.environments import Environment
from bot.domain.people import Person, Role

GROUPS = {
    "admins": frozenset({Role.ADMIN, Role.MASTER_ADMIN}),
    "key_roles": frozenset({Role.TECHNICAL_ADMIN, Role.ADMIN, Role.MASTER_ADMIN}),
    "members": frozenset(Role),
}
"""Groups of roles that a policy may name, and the fixed roles in each."""


class Action(StrEnum):
    """What can be asked of Keysmith; the same words stand in the Cedar policies."""

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


EVERYWHERE = frozenset(
    {
        Action.HELP,
        Action.WHOAMI,
        Action.EXPLAIN,
        Action.CLAIM,
        Action.REQUESTS,
        Action.DECIDE,
    }
)
"""Actions that concern no environment."""


@dataclass(frozen=True)
class Question:
    """May this person do this here? `environment` is None for what concerns no environment."""

    person: Person
    action: Action
    environment: Environment | None


@dataclass(frozen=True)
class Allowed:
    """At once. `policy` is the @id of the rule that says so; `notify` tells security of it."""

    policy: str
    notify: bool = False


@dataclass(frozen=True)
class Approval:
    """How many must agree, who they may be, and on what conditions others may ask them.

    Approvers are roles, groups of roles, `group:` and the name of a Cloudinary group, `person:` and
    a Slack user id, or `oncall:` and the id of a Slack user group. `of_which` are those of whom at
    least one must be; `denials` objections settle it; `reason` is a pattern that the reason must
    match; `longest` is how long access may last; `comment` wants a word of every approver;
    `high_risk` wants the key's name typed by them: no tap approves it; `emergency` may act at once
    and be reviewed after.
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
        """Whose word counts after it has waited for so long."""
        wider = self.escalation if self.escalation and waited >= self.escalation.after else None
        return frozenset({*self.approvers, *self.of_which, *(wider.to if wider else ())})


@dataclass(frozen=True)
class Escalation:
    """Who else may decide when nobody did for so long."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True)
class AutoApproval:
    """Approved by the rule itself: so many for a person within a week, and not after a date."""

    each_week: int
    until: date


@dataclass(frozen=True)
class NeedsApproval:
    """Not before others agree; `policy` is the @id of the rule that says so."""

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
    """No. `policy` names the rule that forbids, None where simply no rule permits."""

    reason: RefusalReason
    policy: str | None = None


Decision = Allowed | NeedsApproval | Refused


@dataclass(frozen=True)
class Explanation:
    """Who could do this here: one decision for each role, and the asker's own."""

    action: Action
    environment: Environment | None
    own: Decision
    roles: tuple[tuple[str, Decision], ...]
