"""What the flows need from outside, and all of them once they are wired."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.domain.names import Looks
from bot.flows import ports as needs
from bot.flows.audit import AuditLog
from bot.flows.bulk_ports import Bulks
from bot.flows.directory import FreshDirectory, KeptDirectory
from bot.flows.dispatch import Dispatcher
from bot.flows.env_ports import Places
from bot.flows.forms import FormFlows
from bot.flows.group_ports import Groups
from bot.flows.home import HomeReader
from bot.flows.identity import People
from bot.flows.incident_ports import Incidents, LeakRules, Marks
from bot.flows.intake import Intake
from bot.flows.keys.reconcile import Reconciler
from bot.flows.keys.resolve import Resolver
from bot.flows.leaks.keep import LeakKeeper
from bot.flows.leaks.report import LeakReporter
from bot.flows.links.access import ClaimAccess
from bot.flows.links.keep import LinkKeeper
from bot.flows.links.ports import LinkMaker, LinkRules, LiveLinks
from bot.flows.oversight_ports import Oversight
from bot.flows.reconcile_ports import OwnActs, Sightings
from bot.flows.record_ports import KeyRecords
from bot.flows.request_ports import Delegations, Listing, Requests, VoteSignIns
from bot.flows.requests.deadlines import DeadlineKeeper
from bot.flows.requests.decide import Decider
from bot.flows.requests.execute import Executor
from bot.flows.requests.hear import Hearer
from bot.flows.requests.list import RequestLister
from bot.flows.role_ports import KeyRoles
from bot.flows.rotation_ports import Looker, RotationPolicy, RotationSchedules
from bot.flows.rotations_due import RotationsDue
from bot.flows.user_ports import Users


class CloudinaryPort(needs.Account, Users, KeyRoles, Groups, Places, Protocol):
    """Everything that the flows need of Cloudinary."""


@dataclass(frozen=True)
class Ports:
    """What the flows need from outside; `ttl` is how long a request waits for votes.

    `rotation` has the usual grace of a rotation, and its soak. `signs_in` is whether people can
    sign in with Slack.
    """

    slack: Listing
    hints: needs.Hints
    cloudinary: CloudinaryPort
    policy: needs.Policy
    clock: needs.Clock
    audit_log: AuditLog
    jobs: needs.Jobs
    requests: Requests
    vote_sign_ins: VoteSignIns
    pending: needs.PendingStore
    bindings: needs.Bindings
    delegations: Delegations
    tiers: needs.Tiers
    bulks: Bulks
    incidents: Incidents
    marks: Marks
    leak_rules: LeakRules
    records: KeyRecords
    sightings: Sightings
    own_acts: OwnActs
    looks: Looks
    locks: needs.Locks
    pace: needs.Pace
    links: LinkMaker
    live_links: LiveLinks
    link_rules: LinkRules
    examiner: needs.Examiner
    oversight: Oversight
    team_id: str
    permissions: bool
    ttl: timedelta
    rotation: tuple[timedelta, timedelta]
    rotation_policy: RotationPolicy
    rotation_schedules: RotationSchedules
    new_id: Callable[[], str]
    signs_in: bool = False

    @property
    def rotations_due(self) -> RotationsDue:
        """What tells which keys are overdue."""
        return RotationsDue(self.rotation_schedules, self.rotation_policy, self.clock)


@dataclass(frozen=True)
class Flows:
    """Every flow, for one set of ports."""

    people: People
    resolver: Resolver
    dispatcher: Dispatcher
    intake: Intake
    lister: RequestLister
    decider: Decider
    executor: Executor
    home: HomeReader
    deadline_keeper: DeadlineKeeper
    access: ClaimAccess
    directory: FreshDirectory
    kept: KeptDirectory
    hearer: Hearer
    forms: FormFlows
    leak_reporter: LeakReporter
    leak_keeper: LeakKeeper
    reconciler: Reconciler
    review_keeper: Looker
    schedule_keeper: Looker
    link_keeper: LinkKeeper
