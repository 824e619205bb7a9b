"""Wires the flows, for the server, the subcommands and the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.domain.names import Looks
from bot.flows import ports as needs
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
from bot.flows.accounts.users import UserRunner
from bot.flows.audit import AuditLog
from bot.flows.authorize import Authorizer
from bot.flows.binding import Binder
from bot.flows.brief import BriefAccount
from bot.flows.bulk.assemble import disabler_of, machine_of
from bot.flows.bulk_ports import Bulks
from bot.flows.directory import FreshDirectory, KeptDirectory
from bot.flows.dispatch import Dispatcher
from bot.flows.env_ports import Places
from bot.flows.forms import FormFlows, build_forms
from bot.flows.general import General
from bot.flows.group_ports import Groups
from bot.flows.home import HomeReader
from bot.flows.identity import People
from bot.flows.intake import Intake
from bot.flows.keys.apply import KeyApplier
from bot.flows.keys.brownouts import Brownouts
from bot.flows.keys.change import KeyChanger
from bot.flows.keys.create import KeyCreator
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.plan import KeyPlanner
from bot.flows.keys.read import KeyReader
from bot.flows.keys.renew import KeyRenewer
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.keys.role_change import RoleChanger
from bot.flows.keys.role_steps import BirthRole, RoleGiver
from bot.flows.keys.run import KeyRunner
from bot.flows.links.access import ClaimAccess
from bot.flows.links.collect import Collector
from bot.flows.offboard.apply import OffboardApplier
from bot.flows.offboard.assemble import applier_of, offboarder_of
from bot.flows.own_rights import OwnRights
from bot.flows.repeat import Repeater
from bot.flows.request_ports import Delegations, Listing, Requests
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.approvers import Approvers
from bot.flows.requests.brownout_answers import BrownoutAnswers
from bot.flows.requests.choose import RequestChooser
from bot.flows.requests.deadlines import DeadlineKeeper
from bot.flows.requests.decide import Decider
from bot.flows.requests.delegate import Delegator
from bot.flows.requests.eligibility import Eligibility, TermsCheck
from bot.flows.requests.execute import Executor
from bot.flows.requests.hear import Hearer
from bot.flows.requests.list import RequestLister
from bot.flows.requests.listeners import Listeners
from bot.flows.requests.lookup import RequestLookup
from bot.flows.requests.open import Opener
from bot.flows.requests.plan import RequestPlanner
from bot.flows.requests.run import RequestRunner
from bot.flows.requests.settle import Settler
from bot.flows.role_ports import KeyRoles
from bot.flows.user_ports import Users


class CloudinaryPort(needs.Account, Users, KeyRoles, Groups, Places, Protocol):
    """Everything that the flows need of Cloudinary."""


@dataclass(frozen=True)
class Ports:
    """What the flows need from outside; `ttl` is how long a request waits for votes."""

    slack: Listing
    hints: needs.Hints
    cloudinary: CloudinaryPort
    policy: needs.Policy
    clock: needs.Clock
    audit_log: AuditLog
    jobs: needs.Jobs
    requests: Requests
    pending: needs.PendingStore
    bindings: needs.Bindings
    delegations: Delegations
    tiers: needs.Tiers
    bulks: Bulks
    looks: Looks
    locks: needs.Locks
    pace: needs.Pace
    links: needs.LinkMaker
    examiner: needs.Examiner
    team_id: str
    permissions: bool
    ttl: timedelta
    new_id: Callable[[], str]


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


def _people(ports: Ports, slack: FreshDirectory, kept: KeptDirectory) -> People:
    users, binder = ports.cloudinary, Binder(ports.bindings, ports.clock)
    return People(
        *(slack, kept, users, users, binder, ports.clock),
        team_id=ports.team_id,
        permissions=ports.permissions,
        changes=AccountChanges(ports.hints, ports.clock),
    )


def _approvers(ports: Ports, kept: KeptDirectory) -> Approvers:
    return Approvers(
        *(ports.cloudinary, kept, ports.bindings, ports.clock),
        team_id=ports.team_id,
        permissions=ports.permissions,
    )


def _groups(
    ports: Ports, people: People, authorizer: Authorizer, roles: RoleBook, resolver: Resolver
) -> GroupRunner:
    facts = GroupFacts(ports.cloudinary, ports.cloudinary, authorizer, roles, ports.looks)
    return GroupRunner(facts, UserSearch(ports.cloudinary, people, ports.bindings), resolver)


def _applier(
    ports: Ports,
    account: TieredAccount,
    writer: RequestWriter,
    collector: Collector,
    deletions: Deletions,
    linker: Linker,
    names: PlaceNames,
    *,
    groups: GroupRunner,
    users: UserChanger,
) -> tuple[OffboardApplier, KeyApplier]:
    """Build what makes changes, at once or once they are approved."""
    jobs, locks, audit_log, looks = ports.jobs, ports.locks, ports.audit_log, ports.looks
    giver = RoleGiver(ports.cloudinary, jobs, audit_log)
    birth, own_rights = BirthRole(giver), OwnRights(ports.cloudinary, ports.permissions)
    places = (ports.cloudinary, names, own_rights, PlaceSteps(jobs, audit_log))
    keys = KeyChanger(
        *(account, jobs, locks, ports.pending, audit_log, looks, deletions, Brownouts(writer))
    )
    changes = AccountChanges(ports.hints, ports.clock)
    grouping = GroupChanger(groups.facts, jobs, locks, audit_log, changes)
    changers, machine = (users, keys, grouping), machine_of(ports.bulks, jobs, locks, audit_log)
    offboards = applier_of(machine, groups.search, changers, writer, ports.delegations)
    return offboards, KeyApplier(
        keys,
        KeyCreator(account, jobs, locks, ports.pending, collector, audit_log, looks, birth),
        KeyRenewer(account, locks, writer, audit_log, jobs),
        linker,
        TierFixer(account, ports.tiers, locks, audit_log),
        RoleChanger(account, giver, locks),
        EnvironmentChanger(EnvironmentCreator(account, *places, locks)),
        grouping,
        users,
        offboards,
    )


def _user_changer(ports: Ports, account: TieredAccount, roles: RoleBook) -> UserChanger:
    """Build what changes the users of the account."""
    users = ports.cloudinary
    guard = UserGuard(users, UserGifts(users, users, account, roles), ports.permissions)
    return UserChanger(
        *(guard, UserEffects(users, guard), UserInviter(users, guard)),
        *(ports.jobs, ports.locks, ports.audit_log),
        AccountChanges(ports.hints, ports.clock),
    )


def _user_plans(
    ports: Ports,
    slack: FreshDirectory,
    search: UserSearch,
    changer: UserChanger,
    resolver: Resolver,
    own: OwnKeys,
) -> UserPlanner:
    book = UserBook(search, changer.guard, resolver, own, ports.clock)
    return UserPlanner(book, changer, resolver, slack, ports.team_id)


def _opener(ports: Ports, approvers: Approvers, account: TieredAccount) -> Opener:
    requests, jobs, locks, version = ports.requests, ports.jobs, ports.locks, ports.policy.version
    return Opener(
        *(requests, approvers, account, jobs, locks, ports.audit_log, version, ports.ttl),
    )


def _environments(
    resolver: Resolver, rights: OwnRights, names: PlaceNames, applier: KeyApplier
) -> EnvironmentRunner:
    reading, plans = EnvironmentReader(resolver, rights), EnvironmentPlanner(resolver, names)
    return EnvironmentRunner(reading, plans, resolver.authorizer, applier)


def build_flows(ports: Ports) -> Flows:
    """Wire the flows."""
    users, clock, requests = ports.cloudinary, ports.clock, ports.requests
    account = TieredAccount(users, ports.tiers)
    slack = FreshDirectory(ports.slack, clock, ports.hints)
    kept = KeptDirectory(slack)
    jobs, audit_log = ports.jobs, ports.audit_log
    people, approvers = _people(ports, slack, kept), _approvers(ports, kept)
    writer, own = RequestWriter(requests, audit_log), OwnKeys(account, ports.pending, requests)
    authorizer = Authorizer(ports.policy, _opener(ports, approvers, account), own)
    resolver = Resolver(account, authorizer)
    eligibility = Eligibility(people, slack, ports.delegations, authorizer, clock)
    roles = RoleBook(ports.cloudinary, ports.permissions, clock)
    terms = TermsCheck(people, account, authorizer, roles)
    access = ClaimAccess(people, account, authorizer, requests)
    lister = RequestLister(requests, eligibility, RequestLookup(requests, eligibility))
    collector = Collector(account, ports.pending, ports.links, access, lister)
    names, deletions = PlaceNames(authorizer, ports.looks), Deletions(jobs, writer)
    groups = _groups(ports, people, authorizer, roles, resolver)
    linker = Linker(people, ports.bindings, audit_log)
    changer = _user_changer(ports, account, roles)
    offboards, applier = _applier(
        *(ports, account, writer, collector, deletions, linker, names),
        groups=groups,
        users=changer,
    )
    executor = Executor(people, account, eligibility, terms, applier, writer, clock)
    decider = Decider(eligibility, terms, Settler(writer), writer, clock)
    planner = RequestPlanner(people, account, authorizer, resolver, requests, ports.looks, roles)
    delegator = Delegator(people, ports.delegations, audit_log, authorizer)
    chooser, rights = RequestChooser(requests, eligibility), OwnRights(users, ports.permissions)
    reader = KeyReader(account, resolver, jobs, clock, deletions, own, roles, rights)
    plans = KeyPlanner(account, resolver, own, ports.looks, deletions, roles)
    keys = KeyRunner(reader, plans, authorizer, applier)
    asks = RequestRunner(
        *(planner, authorizer, lister, delegator, decider, executor, keys, ports.pending, chooser),
        brownouts=BrownoutAnswers(writer, authorizer),
    )
    environments = _environments(resolver, rights, names, applier)
    user_plans = _user_plans(ports, slack, groups.search, changer, resolver, own)
    offboarder = offboarder_of(offboards, own, ports.pending, resolver, executor)
    general = General(account, resolver, authorizer, ports.examiner)
    dispatcher = Dispatcher(
        *(people, authorizer, general, environments, keys, asks),
        disabler_of(offboards.machine, people, keys, own),
        *(UserRunner(linker, authorizer, user_plans, offboarder), groups, collector),
        *(Repeater(requests, ports.pending), jobs, audit_log),
    )
    intake = Intake(people, authorizer, jobs, ports.pace, audit_log, ports.new_id)
    home = HomeReader(people, lister, ports.pending, own, authorizer, deletions, roles)
    hearer = Hearer(Listeners(approvers, ports.delegations), requests, clock)
    deadlines = DeadlineKeeper(
        *(writer, ports.pending, account, ports.locks, hearer, clock, ports.ttl, jobs)
    )
    brief, beside = BriefAccount(account, clock), (ports.looks, deletions, roles)
    forms = build_forms(brief, people, authorizer, own, chooser, requests, beside, users)
    return Flows(
        *(people, resolver, dispatcher, intake, lister, decider, executor, home, deadlines),
        *(access, slack, kept, hearer, forms),
    )
