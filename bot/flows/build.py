"""Wires the flows, for the server, the subcommands and the tests."""

from bot.flows.accounts.environment_names import PlaceNames
from bot.flows.accounts.link import Linker
from bot.flows.accounts.tiered import TieredAccount
from bot.flows.accounts.users import UserRunner
from bot.flows.authorize import Authorizer
from bot.flows.build_parts import (
    build_applier,
    build_approvers,
    build_deadlines,
    build_environments,
    build_groups,
    build_keys,
    build_leaks,
    build_link_keeper,
    build_opener,
    build_oversight,
    build_people,
    build_user_changer,
    build_user_plans,
)
from bot.flows.build_ports import Flows, Ports
from bot.flows.bulk.assemble import many_of
from bot.flows.directory import FreshDirectory, KeptDirectory
from bot.flows.dispatch import Dispatcher
from bot.flows.forms import build_forms
from bot.flows.general import General
from bot.flows.home import HomeReader
from bot.flows.intake import Intake
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.owning import Owning
from bot.flows.keys.record_plan import RecordPlanner
from bot.flows.keys.resolve import Resolver
from bot.flows.keys.role_book import RoleBook
from bot.flows.links.access import ClaimAccess
from bot.flows.links.collect import Collector
from bot.flows.links.live import LiveLinkRunner
from bot.flows.offboard.assemble import offboarder_of
from bot.flows.own_rights import OwnRights
from bot.flows.repeat import Repeater
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.brownout_answers import BrownoutAnswers
from bot.flows.requests.choose import RequestChooser
from bot.flows.requests.decide import Decider
from bot.flows.requests.delegate import Delegator
from bot.flows.requests.eligibility import Eligibility, TermsCheck
from bot.flows.requests.execute import Executor
from bot.flows.requests.hear import Hearer
from bot.flows.requests.list import RequestLister
from bot.flows.requests.listeners import Listeners
from bot.flows.requests.lookup import RequestLookup
from bot.flows.requests.plan import RequestPlanner
from bot.flows.requests.run import RequestRunner
from bot.flows.requests.settle import Settler
from bot.flows.rotations.assemble import build_rotations


def build_flows(ports: Ports) -> Flows:
    """Wire the flows."""
    users, clock, requests = ports.cloudinary, ports.clock, ports.requests
    audit_log, slack = ports.audit_log, FreshDirectory(ports.slack, clock, ports.hints)
    account, kept, jobs = TieredAccount(users, ports.tiers), KeptDirectory(slack), ports.jobs
    people, approvers = build_people(ports, slack, kept), build_approvers(ports, kept)
    writer, own = RequestWriter(requests, audit_log), OwnKeys(account, ports.pending, requests)
    authorizer = Authorizer(ports.policy, build_opener(ports, approvers, account), own)
    resolver, roles = Resolver(account, authorizer), RoleBook(users, ports.permissions, clock)
    eligibility = Eligibility(people, slack, ports.delegations, authorizer, clock)
    terms = TermsCheck(people, account, authorizer, roles)
    access = ClaimAccess(people, account, authorizer, requests)
    lister = RequestLister(requests, eligibility, RequestLookup(requests, eligibility))
    collecting = (account, ports.pending, ports.links, access, lister)
    collector = Collector(*collecting, ports.link_rules, slack.locale)
    names, deletions = PlaceNames(authorizer, ports.looks), Deletions(jobs, writer)
    groups = build_groups(ports, people, authorizer, roles, resolver)
    linker, own_by = Linker(people, ports.bindings, audit_log), Owning(people, authorizer)
    changer = build_user_changer(ports, account, roles)
    recording = RecordPlanner(resolver, own_by, ports.pending, ports.records)
    made = (ports, account, writer, collector, deletions, linker, names)
    offboards, applier = build_applier(*made, recording=recording, groups=groups, users=changer)
    executor = Executor(people, account, eligibility, terms, applier, writer, clock)
    decider = Decider(eligibility, terms, Settler(writer), writer, clock, ports.vote_sign_ins)
    beside = (requests, ports.pending, ports.looks, roles)
    planner = RequestPlanner(own_by, account, authorizer, resolver, *beside)
    delegator = Delegator(people, ports.delegations, audit_log, authorizer)
    chooser, rights = RequestChooser(*beside[:2], eligibility), OwnRights(users, ports.permissions)
    rotations = build_rotations(*(ports, account, own_by, own, resolver, deletions, roles, writer))
    of_keys = (own, roles, deletions, rights, applier, recording)
    keys = build_keys(ports, account, *of_keys, rotator=rotations.begins)
    asks = RequestRunner(
        *(planner, authorizer, lister, delegator, decider, executor, keys, ports.pending, chooser),
        steerer=rotations.steerer,
        brownouts=BrownoutAnswers(writer, authorizer),
    )
    environments = build_environments(resolver, rights, names, applier)
    user_plans = build_user_plans(ports, slack, groups.search, changer, resolver, own)
    offboarder = offboarder_of(offboards, own, ports.pending, resolver, executor)
    live = LiveLinkRunner(authorizer, ports.pending, ports.live_links, clock)
    general = General(account, resolver, authorizer, ports.examiner)
    leaks = build_leaks(ports, account, people, authorizer, own, approvers, resolver)
    many_keys, adopter = many_of(offboards.machine, people, keys, own)
    dispatcher = Dispatcher(
        *(people, authorizer, general, environments, keys, asks, many_keys, adopter),
        *(UserRunner(linker, authorizer, user_plans, offboarder), groups, collector, live, leaks),
        *(Repeater(requests, ports.pending), jobs, audit_log),
        *build_oversight(ports, resolver, roles, kept, many_keys),
    )
    intake = Intake(people, authorizer, jobs, ports.pace, audit_log, leaks.reporter, ports.new_id)
    home = HomeReader(people, lister, ports.pending, own, authorizer, deletions, roles)
    hearer = Hearer(Listeners(approvers, ports.delegations), requests, clock)
    deadlines = build_deadlines(ports, account, writer, hearer, rotations.driver)
    looked = (ports.looks, deletions, roles, keys.reader.filters.departed, ports.vote_sign_ins)
    forms = build_forms(account, people, authorizer, own, chooser, requests, looked, users)
    return Flows(
        *(people, resolver, dispatcher, intake, lister, decider, executor, home, deadlines),
        *(access, slack, kept, hearer, forms, leaks.reporter, leaks.keeper, keys.reader.watch),
        *(dispatcher.reviews.keeper, rotations.keeper, build_link_keeper(ports, access)),
    )
