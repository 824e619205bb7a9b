"""The composition root: opens the adapters, wires flows and handlers. It contains no logic."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial

from redis.asyncio import Redis
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.adapters.languages import Languages
from bot.adapters.redis.connection import Use, connected
from bot.adapters.redis.heartbeat import Heartbeat
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.overlooked import Overlooked
from bot.adapters.redis.permissions import RedisPermissions
from bot.adapters.redis.retention import Retention
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.stock import RedisStock
from bot.adapters.redis.stores import Stores, open_stores
from bot.adapters.seen import SEEN_FILE, SeenFile
from bot.adapters.slack.messenger import PacedMessenger
from bot.adapters.slack.profiles import read_profile
from bot.adapters.subkeys import address_marks
from bot.adapters.vault import sign_in_sealer
from bot.domain.audit import ChainKey, Entry
from bot.domain.commands.fields import Ask
from bot.flows.accounts.tiered import TieredAccount
from bot.flows.audit import AuditLog
from bot.flows.build_ports import Flows
from bot.flows.directory import FreshDirectory
from bot.flows.identity import People
from bot.flows.links.keep import LinksOfTheLeft
from bot.flows.links.queue import PressRunner
from bot.flows.links.recover import LinkRecoverer
from bot.flows.links.sign_in import SignIns
from bot.flows.links.visits import VisitCounter, VisitWatch
from bot.flows.offboard.departures import Departures
from bot.flows.policy_lint import Linter
from bot.flows.request_ports import Locator
from bot.flows.tracing import NoTracer, Tracer
from bot.flows.weekly_reports import WeeklyKeeper
from bot.links_of import presses_of, revealer_of
from bot.outside import Outside
from bot.ports_of import approver_addresses, approver_sign_ins, flows_of
from bot.settings import Settings, StoreSettings
from handlers.answer_ways import Ways
from handlers.answers import AnswerRunner, Answers
from handlers.answers_held import HeldAnswers
from handlers.approver_pages import ApproverPages, OfHeader
from handlers.background import Background
from handlers.bolt import open_bolt, register
from handlers.bulk_messages import BulkMessages
from handlers.channels import Channels
from handlers.direct import Direct
from handlers.directory import UserEvents
from handlers.gate import Gate
from handlers.health import Health
from handlers.history_watch import HistoryWatch
from handlers.home import AppHome
from handlers.incident_messages import IncidentMessages
from handlers.job_runner import JobRunner
from handlers.key_messages import KeyMessages
from handlers.languages import Readers
from handlers.leak_hook import LeakHook
from handlers.leak_watch import LeakWatch
from handlers.metrics import Metrics
from handlers.notices import Notices
from handlers.outbox import Outbox
from handlers.pages import Pages
from handlers.policy_watch import PolicyWatch
from handlers.readiness import Readiness
from handlers.routes import PublicRoutes
from handlers.security import SecurityTeller
from handlers.seeing import Seeing
from handlers.server import HttpServer
from handlers.sign_in import Door
from handlers.socket import SocketListener
from handlers.submit import Submitter
from handlers.visitors import Visitors
from handlers.weekly_reports import WeeklyPoster
from handlers.well_known import WellKnown


@dataclass(frozen=True)
class Front:
    """What a process has before any service is reached."""

    health: Health = field(default_factory=Health)
    server: HttpServer = field(default_factory=HttpServer)
    tracer: Tracer = field(default_factory=NoTracer)

    @property
    def seeing(self) -> Seeing:
        """The metrics and the traces of the process."""
        return Seeing(self.health.metrics, self.tracer)


@dataclass(frozen=True)
class Keysmith:
    """The whole bot, ready to start."""

    public: PublicRoutes
    socket: SocketListener
    health: Health
    history_watch: HistoryWatch
    readiness: Readiness
    runner: JobRunner
    answer_runner: AnswerRunner
    held: HeldAnswers
    notices: Notices
    presses: PressRunner
    recoverer: LinkRecoverer
    visit_watch: VisitWatch
    outbox: Outbox
    flows: Flows
    weekly_keeper: WeeklyKeeper
    policy_watch: PolicyWatch
    retention: Retention
    overlooked: Overlooked
    background: Background
    people: People
    ledger: Ledger
    signed: Signed
    permissions: RedisPermissions
    directory: FreshDirectory


def open_redis(settings: StoreSettings, use: Use = Use.READ) -> AbstractAsyncContextManager[Redis]:
    """Connect to Redis; only a bot that serves may create a private one."""
    return connected(settings.redis, use)


def stores_of(
    settings: Settings,
    redis: Redis,
    recorded: Callable[[Entry], None] = lambda _: None,
    *,
    recovering: bool = False,
) -> Stores:
    """Open the stores with the keys and lifetimes of the settings."""
    return open_stores(
        redis,
        settings.keys,
        link_ttl=settings.link_ttl,
        claim_ttl=settings.request_ttl,
        replicas=settings.redis_replicas,
        recorded=recorded,
        recovering=recovering,
    )


def open_linter(outside: Outside, stores: Stores, locator: Locator | None = None) -> Linter:
    """Build what compares the policy with the people of the account."""
    return Linter(
        outside.policy,
        TieredAccount(outside.cloudinary, stores.tiers),
        outside.cloudinary,
        locator or outside.slack,
        stores.bindings,
        outside.clock,
        outside.team.id,
        outside.settings.request_ttl,
        permissions=outside.permissions,
    )


def _look_into(health: Health, outside: Outside, stores: Stores, channels: Channels) -> None:
    """Let `/readyz` and the metrics look at everything."""
    health.remarks = channels.remarks
    health.stock = RedisStock(stores.store, outside.clock)
    replicas = outside.settings.redis_replicas
    health.readiness.add("Redis", Heartbeat(stores.store, replicas).look)
    health.readiness.add("History", stores.ledger.history.halted)
    health.readiness.add("Slack", outside.slack.token.look)


def _gate(outside: Outside, front: Front, bolt: AsyncApp) -> Gate:
    secret = outside.settings.slack_signing_secret  # Socket Mode has none: Slack signs nothing
    verifier = SignatureVerifier(secret.get_secret_value()) if secret else None
    return Gate(bolt, verifier, outside.team, front.health.metrics, tracer=front.tracer)


def _public(
    outside: Outside, flows: Flows, stores: Stores, languages: Languages, gate: Gate
) -> PublicRoutes:
    settings, check = outside.settings, stores.ledger.history.check
    clock, of_header = outside.clock, languages.of_header
    url, revealer = settings.public_url, revealer_of(outside, flows, stores)
    pages = Pages(
        *(revealer, url, outside.team.name, check, of_header),
        settings.cloudinary_api_url,
        Visitors(address_marks(stores.ledger.keyring), settings.trusted_proxies),
        VisitCounter(stores.visit_limits, stores.visits, clock, gate.metrics.visited),
        _door(outside, stores),
        approvers=_approvers(outside, stores, of_header),
    )
    hook = LeakHook(flows.leak_reporter, stores.incidents, settings.leak_secrets)
    return PublicRoutes(pages, WellKnown(url, settings.security_contact), hook, gate)


def _door(outside: Outside, stores: Stores) -> Door | None:
    provider, sealer = outside.sign_in, sign_in_sealer(stores.ledger.keyring)
    parts = sealer, stores.links, stores.strangers, outside.clock, outside.team
    return Door(SignIns(provider, *parts), outside.settings.public_url) if provider else None


def _approvers(outside: Outside, stores: Stores, of_header: OfHeader) -> ApproverPages | None:
    flow, check = approver_sign_ins(outside, stores), stores.ledger.history.check
    return ApproverPages(flow, outside.settings.public_url, check, of_header) if flow else None


def _runner(
    flows: Flows, stores: Stores, answers: Answers, audit_log: AuditLog, front: Front
) -> JobRunner:
    metrics = front.health.metrics
    return JobRunner(
        *(stores.jobs, flows.dispatcher, flows.executor, answers, audit_log, metrics, stores.locks),
        may_begin=stores.ledger.history.check,
        stretched=stores.passphrases.stretched,
        tracer=front.tracer,
    )


def _outbox(stores: Stores, channels: Channels, direct: Direct, metrics: Metrics) -> Outbox:
    messenger, security = direct.messenger, direct.security
    bulk = BulkMessages(messenger, stores.bulks, stores.offers, direct.language)
    place = channels, stores.locks
    leaks = IncidentMessages(messenger, stores.incidents, *place, security, direct.language)
    keys = KeyMessages(stores.records, stores.links, stores.offers, direct.language)
    return Outbox(messenger, stores.requests, *place, security, direct, metrics, bulk, keys, leaks)


def build(outside: Outside, redis: Redis, front: Front) -> Keysmith:
    """Wire everything; `front` was there before."""
    settings, background, health = outside.settings, Background(), front.health
    seeing, metrics, tracer = front.seeing, health.metrics, front.tracer
    outside.slack.watch(metrics.calls.refused_by_slack)
    slack, cloudinary, clock = outside.slack, outside.cloudinary, outside.clock
    audit_log, stores = AuditLog(clock), stores_of(settings, redis, metrics.recorded)
    history, seen = stores.ledger.history, SeenFile(SEEN_FILE, [*map(ChainKey, settings.keys)])
    flows, languages = flows_of(outside, stores, audit_log), Languages()
    readers = Readers(flows.directory, languages.of_locale)
    home = AppHome(flows.home, stores.offers, slack, background, history.check, readers.language)
    ways = Ways(slack, home, clock, metrics, readers.language, tracer)
    channels = Channels(settings.approvals_channel, settings.told_of_danger)
    operators = tuple(each.user_id for each in settings.operators)
    by_slack_alone = SecurityTeller(slack, channels, operators)  # also while Redis is away
    stores.signed.unread.directly = partial(by_slack_alone.tell, "", again=False)
    held = HeldAnswers(ways, stores.answers, by_slack_alone, clock)
    means = ways, stores.offers, stores.answers, background, clock, held
    hidden = frozenset() if outside.permissions else frozenset({Ask.ROLE})
    ahead = flows.forms.previewer, hidden, flows.forms.choices.warm
    answers = Answers(*means, *ahead, approver_addresses(outside, stores))
    bolt = open_bolt(slack.client, settings.slack_bot_token.get_secret_value(), outside.team.id)
    submitter = Submitter(flows.intake, stores.offers, seeing)
    had = stores.bindings, flows.home.keys, stores.requests, stores.departures
    left = Departures(*had, clock, outside.team.id)
    links = LinksOfTheLeft(flows.link_keeper.ends, stores.links, outside.team)
    user_events = UserEvents(flows.directory, read_profile, (links.changed, left.changed))
    gate, watch = _gate(outside, front, bolt), LeakWatch(flows.leak_reporter, settings.leak_watch)
    register(bolt, submitter, answers, home, stores, user_events, flows.forms, watch)
    messenger = PacedMessenger(slack, stores.store)
    security = SecurityTeller(messenger, channels, operators)
    direct = Direct(messenger, channels, security, flows.hearer, readers.of)
    _look_into(health, outside, stores, channels)
    return Keysmith(
        public=_public(outside, flows, stores, languages, gate),
        socket=SocketListener(gate),
        health=health,
        history_watch=HistoryWatch(history, seen, by_slack_alone),
        readiness=health.readiness,
        runner=_runner(flows, stores, answers, audit_log, front),
        answer_runner=AnswerRunner(ways, stores.answers, clock),
        held=held,
        notices=Notices(security, metrics),
        presses=presses_of(outside, flows, stores),
        recoverer=LinkRecoverer(stores.links, cloudinary, clock),
        visit_watch=VisitWatch(stores.visits, clock),
        outbox=_outbox(stores, channels, direct, metrics),
        policy_watch=PolicyWatch(open_linter(outside, stores, flows.kept), stores.findings),
        retention=Retention.of(stores, settings, clock),
        overlooked=Overlooked(stores, clock, settings.request_ttl),
        flows=flows,
        weekly_keeper=flows.dispatcher.weekly(partial(WeeklyPoster, messenger), stores.locks),
        background=background,
        people=flows.people,
        ledger=stores.ledger,
        signed=stores.signed,
        permissions=stores.permissions,
        directory=flows.directory,
    )
