"""Wires parts of the flows, each for `bot.flows.build`."""

from bot.flows.account_changes import AccountChanges
from bot.flows.accounts.environment_change import EnvironmentChanger
from bot.flows.accounts.environment_create import EnvironmentCreator
from bot.flows.accounts.environment_names import PlaceNames
from bot.flows.accounts.environment_plan import EnvironmentPlanner
from bot.flows.accounts.environment_run import EnvironmentRunner
from bot.flows.accounts.environment_steps import PlaceSteps
from bot.flows.accounts.environments import EnvironmentReader
from bot.flows.accounts.find_user import UserSearch
from bot.flows.accounts.group_change import GroupChanger
from bot.flows.accounts.group_facts import GroupFacts
from bot.flows.accounts.group_plan import GroupRunner
from bot.flows.accounts.link import Linker
from bot.flows.accounts.tiered import TieredAccount
from bot.flows.accounts.tiers import TierFixer
from bot.flows.accounts.user_change import UserChanger
from bot.flows.accounts.user_effects import UserEffects
from bot.flows.accounts.user_gifts import UserGifts
from bot.flows.accounts.user_guard import UserGuard
from bot.flows.accounts.user_invite import UserInviter
from bot.flows.accounts.user_plan import UserPlanner
from bot.flows.accounts.user_read import UserBook
from bot.flows.authorize import Authorizer
from bot.flows.binding import Binder
from bot.flows.build_ports import Ports
from bot.flows.build_reviews import build_reviews
from bot.flows.bulk.assemble import machine_of
from bot.flows.bulk.keys import KeysChanger
from bot.flows.directory import FreshDirectory, KeptDirectory
from bot.flows.identity import People
from bot.flows.key_reporter import KeyReporter
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.brownouts import Brownouts
from bot.flows.keys.change import KeyChanger
from bot.flows.keys.create import KeyCreator
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.filters import KeyFilter
from bot.flows.keys.orphan_report import OrphanReporter
from bot.flows.keys.orphans import Departed
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.plan import KeyPlanner
from bot.flows.keys.read import KeyReader
from bot.flows.keys.reconcile import Reconciler
from bot.flows.keys.record_change import KeyRecorder
from bot.flows.keys.record_plan import RecordPlanner
from bot.flows.keys.renew import KeyRenewer
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.keys.role_change import RoleChanger
from bot.flows.keys.role_steps import BirthRole, RoleGiver
from bot.flows.keys.run import KeyRunner
from bot.flows.leaks.answer import LeakResponder
from bot.flows.leaks.find import LeakedKeys
from bot.flows.leaks.keep import LeakKeeper
from bot.flows.leaks.people import LeakPeople
from bot.flows.leaks.report import LeakReporter
from bot.flows.links.access import ClaimAccess
from bot.flows.links.collect import Collector
from bot.flows.links.keep import LinkEnds, LinkKeeper
from bot.flows.log_search import LogSearch
from bot.flows.offboard.apply import OffboardApplier
from bot.flows.offboard.assemble import applier_of
from bot.flows.own_rights import OwnRights
from bot.flows.reports import Reports
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.approvers import Approvers
from bot.flows.requests.deadlines import DeadlineKeeper
from bot.flows.requests.hear import Hearer
from bot.flows.requests.open import Opener
from bot.flows.reviews.run import ReviewRunner
from bot.flows.rotations.drive import RotationDriver
from bot.flows.rotations.run import Rotator
from bot.flows.weekly_reports import WeeklyReports


def build_people(ports: Ports, slack: FreshDirectory, kept: KeptDirectory) -> People:
    """Build what tells who acts."""
    users, binder = ports.cloudinary, Binder(ports.bindings, ports.clock)
    return People(
        *(slack, kept, users, users, binder, ports.clock),
        team_id=ports.team_id,
        permissions=ports.permissions,
        changes=AccountChanges(ports.hints, ports.clock),
    )


def build_approvers(ports: Ports, kept: KeptDirectory) -> Approvers:
    """Build what finds the people who may approve."""
    return Approvers(
        *(ports.cloudinary, kept, ports.bindings, ports.clock),
        team_id=ports.team_id,
        permissions=ports.permissions,
    )


def build_groups(
    ports: Ports, people: People, authorizer: Authorizer, roles: RoleBook, resolver: Resolver
) -> GroupRunner:
    """Build what runs commands about user groups."""
    facts = GroupFacts(ports.cloudinary, ports.cloudinary, authorizer, roles, ports.looks)
    return GroupRunner(facts, UserSearch(ports.cloudinary, people, ports.bindings), resolver)


def build_applier(
    ports: Ports,
    account: TieredAccount,
    writer: RequestWriter,
    collector: Collector,
    deletions: Deletions,
    linker: Linker,
    names: PlaceNames,
    *,
    recording: RecordPlanner,
    groups: GroupRunner,
    users: UserChanger,
) -> tuple[OffboardApplier, KeyApplier]:
    """Build what makes changes, at once or once they are approved."""
    jobs, locks, audit_log, looks = ports.jobs, ports.locks, ports.audit_log, ports.looks
    giver = RoleGiver(ports.cloudinary, jobs, audit_log)
    birth, own_rights = BirthRole(giver), OwnRights(ports.cloudinary, ports.permissions)
    places = (ports.cloudinary, names, own_rights, PlaceSteps(jobs, audit_log))
    beside = (audit_log, looks, deletions, Brownouts(writer))
    keys = KeyChanger(account, jobs, locks, ports.pending, *beside)
    changes = AccountChanges(ports.hints, ports.clock)
    grouping = GroupChanger(groups.facts, jobs, locks, audit_log, changes)
    recorder = KeyRecorder(account, recording, locks, audit_log)
    changers, machine = (
        (users, keys, grouping, recorder),
        machine_of(ports.bulks, jobs, locks, audit_log),
    )
    offboards = applier_of(machine, groups.search, changers, writer, ports.delegations)
    return offboards, KeyApplier(
        keys,
        KeyCreator(
            *(account, jobs, locks, ports.pending, collector, audit_log, looks, birth),
            ports.records,
        ),
        KeyRenewer(account, locks, writer, audit_log, jobs),
        linker,
        TierFixer(account, ports.tiers, locks, audit_log),
        RoleChanger(account, giver, locks),
        recorder,
        EnvironmentChanger(EnvironmentCreator(account, *places, locks)),
        grouping,
        users,
        offboards,
    )


def build_oversight(
    ports: Ports,
    resolver: Resolver,
    roles: RoleBook,
    kept: KeptDirectory,
    many_keys: KeysChanger,
) -> tuple[LogSearch, Reports, ReviewRunner]:
    """Build what reads the audit log, what counts keys, and what reviews them."""
    jobs, audit_log, needs = ports.jobs, ports.audit_log, ports.oversight
    departed = Departed(kept, ports.cloudinary, ports.bindings)
    reporter = KeyReporter(
        resolver, roles, ports.pending, ports.records, kept, departed, ports.rotations_due
    )
    weekly = WeeklyReports(needs.schedules, audit_log)
    reports = Reports(reporter, needs.reports, weekly, jobs, audit_log)
    log = LogSearch(needs.log, needs.exporter, resolver, jobs, audit_log)
    return log, reports, build_reviews(ports, many_keys, reports)


def build_user_changer(ports: Ports, account: TieredAccount, roles: RoleBook) -> UserChanger:
    """Build what changes the users of the account."""
    users = ports.cloudinary
    guard = UserGuard(users, UserGifts(users, users, account, roles), ports.permissions)
    return UserChanger(
        *(guard, UserEffects(users, guard), UserInviter(users, guard)),
        *(ports.jobs, ports.locks, ports.audit_log),
        AccountChanges(ports.hints, ports.clock),
    )


def build_user_plans(
    ports: Ports,
    slack: FreshDirectory,
    search: UserSearch,
    changer: UserChanger,
    resolver: Resolver,
    own: OwnKeys,
) -> UserPlanner:
    """Build what plans changes of users."""
    book = UserBook(search, changer.guard, resolver, own, ports.clock)
    return UserPlanner(book, changer, resolver, slack, ports.team_id)


def build_opener(ports: Ports, approvers: Approvers, account: TieredAccount) -> Opener:
    """Build what opens requests."""
    requests, jobs, locks, version = ports.requests, ports.jobs, ports.locks, ports.policy.version
    return Opener(
        *(requests, approvers, account, jobs, locks, ports.audit_log, version, ports.ttl),
        signs_in=ports.signs_in,
    )


def build_reconciler(ports: Ports, filters: KeyFilter) -> Reconciler:
    """Build what compares keys with their records."""
    account, kept = ports.cloudinary, (ports.records, ports.sightings, ports.own_acts)
    weekly = OrphanReporter(account, filters, ports.sightings, ports.clock)
    return Reconciler(account, *kept, ports.pending, ports.clock, weekly)


def build_link_keeper(ports: Ports, access: ClaimAccess) -> LinkKeeper:
    """Build what ends live links whose owner has no right to them any more."""
    ends = LinkEnds(ports.live_links, ports.requests, ports.clock)
    return LinkKeeper(ends, access, ports.jobs)


def build_environments(
    resolver: Resolver, rights: OwnRights, names: PlaceNames, applier: KeyApplier
) -> EnvironmentRunner:
    """Build what runs commands about environments."""
    reading, plans = EnvironmentReader(resolver, rights), EnvironmentPlanner(resolver, names)
    return EnvironmentRunner(reading, plans, resolver.authorizer, applier)


def build_leaks(
    ports: Ports,
    account: TieredAccount,
    people: People,
    authorizer: Authorizer,
    own: OwnKeys,
    approvers: Approvers,
    resolver: Resolver,
) -> LeakResponder:
    """Build the response to leaked keys."""
    clock, incidents = ports.clock, ports.incidents
    keeper = LeakKeeper(
        incidents,
        LeakedKeys(account, ports.pending, ports.marks, clock),
        LeakPeople(approvers, ports.pending, clock, ports.team_id),
        *(account, ports.jobs, ports.locks, ports.leak_rules, clock),
    )
    reporter = LeakReporter(incidents, ports.marks, clock, ports.records)
    return LeakResponder(people, authorizer, own, account, resolver, incidents, reporter, keeper)


def build_keys(
    ports: Ports,
    account: TieredAccount,
    own: OwnKeys,
    roles: RoleBook,
    deletions: Deletions,
    rights: OwnRights,
    applier: KeyApplier,
    recording: RecordPlanner,
    *,
    rotator: Rotator,
) -> KeyRunner:
    """Build what runs commands about keys."""
    resolver = recording.resolver
    departed = Departed(recording.owning.people.kept, ports.cloudinary, ports.bindings)
    filters = KeyFilter(*(ports.records, ports.pending, departed, ports.clock, ports.rotations_due))
    beside, watch = (deletions, own, roles, rights, filters), build_reconciler(ports, filters)
    reader = KeyReader(account, resolver, ports.jobs, ports.clock, *beside, watch)
    found = (own, ports.looks, deletions, roles, recording.owning, watch)
    plans = KeyPlanner(account, resolver, *found)
    return KeyRunner(reader, plans, resolver.authorizer, applier, recording, rotator)


def build_deadlines(
    ports: Ports,
    account: TieredAccount,
    writer: RequestWriter,
    hearer: Hearer,
    driver: RotationDriver,
) -> DeadlineKeeper:
    """Build what does at its time what no person does."""
    pending, locks, clock = ports.pending, ports.locks, ports.clock
    return DeadlineKeeper(
        *(writer, pending, account, locks, hearer, clock, ports.ttl, ports.jobs, driver)
    )
