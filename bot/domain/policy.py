"""Actions, and the policy's decisions on them: values with a reason, never a bare yes or no."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.environments import Environment
from bot.domain.people import Person, Role
from bot.domain.rotation_rules import NO_RULES, RotationRules

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
    REPORT_LEAK = "report_leak"
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
    KEY_WEBHOOK = "key:webhook"
    KEY_ROTATE = "key:rotate"
    KEY_DELETE = "key:delete"
    KEY_BROWNOUT = "key:brownout"
    KEY_REQUEST = "key:request"
    KEY_ROLES = "key:roles"
    LEAK_SETTLE = "leak:settle"
    KEY_OWNER = "key:owner"
    KEY_NOTE = "key:note"
    KEY_REVIEW = "key:review"
    KEY_MASTER_ADMIN = "key:master_admin"
    LINK = "link"
    LINKS = "links"
    DOCTOR = "doctor"
    AUDIT = "audit"
    REPORT = "report"
    ENV_TIER = "env:tier"
    ENV_CREATE = "env:create"
    ENV_RENAME = "env:rename"
    ENV_DISABLE = "env:disable"
    ENV_ENABLE = "env:enable"
    USER_LIST = "user:list"
    USER_SHOW = "user:show"
    USER_ADD = "user:add"
    USER_ROLE = "user:role"
    USER_ENVS = "user:envs"
    USER_DISABLE = "user:disable"
    USER_ENABLE = "user:enable"
    USER_REMOVE = "user:remove"
    USER_OFFBOARD = "user:offboard"
    USER_MASTER_ADMIN = "user:master_admin"
    GROUP_LIST = "group:list"
    GROUP_SHOW = "group:show"
    GROUP_CREATE = "group:create"
    GROUP_RENAME = "group:rename"
    GROUP_REMOVE = "group:remove"
    GROUP_ADD = "group:add"
    GROUP_DROP = "group:drop"


LOOKING_AT_USERS: Final = frozenset(
    {Action.USER_LIST, Action.USER_SHOW, Action.GROUP_LIST, Action.GROUP_SHOW}
)
"""Actions that show users and groups, and change nothing."""
ON_USERS: Final = frozenset(it for it in Action if it.startswith(("user:", "group:")))
"""Actions on users and groups, which belong to the whole account."""
EVERYWHERE = frozenset(action for action in Action if ":" not in action) | ON_USERS
"""Actions that concern no environment."""
OVERSIGHT: Final = frozenset({Action.DOCTOR, Action.AUDIT, Action.REPORT, Action.LINKS})
"""Looks at everything at once: Keysmith's own setup, what all people did, all keys, all links."""
OPEN = EVERYWHERE - ON_USERS - OVERSIGHT - {Action.LINK} | {Action.KEY_REQUEST}
"""Actions for which a confirmed member needs no Cloudinary user."""
AS_IN_PRODUCTION: Final = frozenset({Action.ENV_TIER})
"""Actions that the policy decides as in production, whatever the environment's tier is."""

HELPED_BY_REQUEST: Final = frozenset(
    each for each in Action if each.startswith(("key:", "env:list", "env:show"))
) - {Action.KEY_REQUEST, Action.KEY_REVIEW}
"""Actions instead of which a person who may not take them may want credentials of their own."""
FOR_ADMINS: Final = (ON_USERS | OVERSIGHT) | {
    *(Action.LINK, Action.ENV_TIER, Action.KEY_REVIEW),
    *(Action.ENV_CREATE, Action.ENV_RENAME, Action.ENV_DISABLE, Action.ENV_ENABLE),
}
"""Actions that the shipped rules leave to admins; the rest, beside OPEN, is for key roles."""

GRAVE: Final = ON_USERS - LOOKING_AT_USERS | {Action.ENV_TIER, Action.LINK}
"""Actions that decide who may do what; an admin asks, another one approves, by any policy."""


def usually_may(role: Role | None, action: Action) -> bool:
    """Whether the shipped rules let a role do this, if after an approval."""
    return action in OPEN or role in GROUPS["admins" if action in FOR_ADMINS else "key_roles"]


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
    default_role: str = field(default="", compare=False)
    """The role of a new key for which a person names none; empty where they are asked."""


class Reach(StrEnum):
    """How those who may decide hear of a request, the loudest last; the values are stored words."""

    CHANNEL = "none"
    MENTION = "mention"
    DIRECT = "dm"


OPEN_AT_MOST = 10
"""A person's requests that wait for a decision at the same time, unless a rule says otherwise."""


@dataclass(frozen=True)
class Part:
    """What one of several matching rules demands of the people and of the reason."""

    approvers: tuple[str, ...]
    of_which: tuple[str, ...] = ()
    reason: str = ""
    emergency: tuple[str, ...] = ()
    escalation: "Escalation | None" = None

    def open_to(self, waited: timedelta) -> frozenset[str]:
        """Return the names of those who may approve after a request has waited this long."""
        wider = self.escalation if self.escalation and waited >= self.escalation.after else None
        return frozenset({*self.approvers, *self.of_which, *(wider.to if wider else ())})


@dataclass(frozen=True)
class Approval:
    """What a rule requires: how many approvals, from which people, on which conditions.

    Approvers are roles, groups of roles, `group:` and the name of a Cloudinary group, `person:` and
    a Slack user id, or `oncall:` and the id of a Slack user group. One of `of_which` must be among
    those who approve; `denials` votes against settle the request; `reason` is a pattern for the
    reason; `longest` limits the access. With `comment`, each approver types a comment; with
    `high_risk`, the key's name. `emergency` may act at once and be reviewed afterwards.

    `also` are the demands of further rules that match. They hold as well: each approver has one
    name of every rule, and so has the person who acts in an emergency. `notify` sends a notice to
    security. `open_at_most` limits the requests of one person that wait at the same time. `reach`
    is how approvers hear of the request, beside its card.
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
    also: tuple[Part, ...] = ()
    notify: bool = False
    open_at_most: int = OPEN_AT_MOST
    reach: Reach = Reach.DIRECT

    @property
    def parts(self) -> tuple[Part, ...]:
        """The demands of every rule that matches."""
        own = (self.approvers, self.of_which, self.reason, self.emergency, self.escalation)
        return (Part(*own), *self.also)

    @property
    def special(self) -> frozenset[str]:
        """Every name in any rule's `of_which`."""
        return frozenset(name for part in self.parts for name in part.of_which)

    def open_to(self, waited: timedelta) -> tuple[frozenset[str], ...]:
        """Return sets of names: who approves after this wait has one name of each set."""
        return tuple(part.open_to(waited) for part in self.parts)

    def enough(self, held: Sequence[frozenset[str]]) -> bool:
        """Whether people with these names reach the quorum, with one of each `of_which`."""
        special = [frozenset(part.of_which) for part in self.parts if part.of_which]
        return len(held) >= self.quorum and all(any(each & one for each in held) for one in special)

    def emergency_for(self, held: frozenset[str]) -> bool:
        """Whether a person with these names may act before any vote: every rule lets them."""
        return all(held.intersection(part.emergency) for part in self.parts)

    def accepts(self, reason: str) -> bool:
        """Whether the reason has what every rule needs in it."""
        return all(re.search(part.reason, reason) for part in self.parts)


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
    """Only with an approval, by the rule with the @id `policy`.

    `budgets` are the rules whose budgets an automatic approval spends; `default_role` as above.
    """

    policy: str
    approval: Approval
    budgets: tuple[str, ...] = field(default=(), compare=False)
    default_role: str = field(default="", compare=False)


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
    rotation: RotationRules = NO_RULES
    """How often the keys there are to be rotated, and when; of a rotation alone."""


def needs_no_vote(decision: Decision) -> bool:
    """Whether the rules alone may let it happen, at once or within a budget."""
    if isinstance(decision, NeedsApproval):
        return not decision.approval.quorum or decision.approval.auto is not None
    return isinstance(decision, Allowed)
