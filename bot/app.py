"""The composition root: lifetimes, adapters, flows, registration. No logic."""

import logging
import secrets
from dataclasses import dataclass, field

import aiohttp
from redis.asyncio import Redis
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from bot.adapters.cedar import CedarPolicy
from bot.adapters.cedar_rights import key_right
from bot.adapters.clock import SystemClock
from bot.adapters.cloudinary import Cloudinary
from bot.adapters.cloudinary_account import AccountCredentials
from bot.adapters.redis_delegations import RedisDelegations
from bot.adapters.redis_errands import RedisErrands
from bot.adapters.redis_findings import RedisFindings
from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_links import RedisLinks
from bot.adapters.redis_locks import RedisLocks
from bot.adapters.redis_offers import RedisOffers
from bot.adapters.redis_requests import RedisRequests
from bot.adapters.redis_store import Store
from bot.adapters.slack import Slack
from bot.adapters.vault import FieldSealer, hash_proof, seal_bundle
from bot.adapters.voice import PacedVoice
from bot.domain.audit import ChainKey
from bot.domain.people import Workspace
from bot.flows.approvers import Approvers
from bot.flows.changing import Changer
from bot.flows.clerk import Clerk
from bot.flows.creating import Creator
from bot.flows.deciding import Decider
from bot.flows.delegating import Delegator
from bot.flows.desk import Desk
from bot.flows.evidence import Gatherer
from bot.flows.executing import Executor
from bot.flows.finding import Finder
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.home import Homekeeper
from bot.flows.links import Links
from bot.flows.linting import Linter
from bot.flows.opening import Opener
from bot.flows.people import People
from bot.flows.ports import Clock
from bot.flows.reading import Reader
from bot.flows.record import Scribe
from bot.flows.requesting import Requester
from bot.flows.settling import Settler
from bot.flows.ticking import Ticker
from bot.flows.world import World
from bot.settings import Settings
from handlers.actions import Actions
from handlers.answers import Answers
from handlers.asking import Asking
from handlers.background import Background
from handlers.commands import Commands
from handlers.errands import ErrandRunner
from handlers.gate import Gate
from handlers.health import Health
from handlers.home import Homes
from handlers.inspector import Inspector
from handlers.metrics import Metrics
from handlers.notices import Notices
from handlers.outbox import Channels, Outbox
from handlers.pages import Pages
from handlers.shortcuts import Shortcuts
from handlers.socket import SocketDoor
from handlers.views import Views


@dataclass(frozen=True)
class Doors:
    """What stands outside: one adapter for each."""

    settings: Settings
    session: aiohttp.ClientSession
    redis: Redis
    slack: Slack
    cloudinary: Cloudinary
    policy: CedarPolicy
    team: Workspace
    permissions: bool
    clock: Clock = field(default_factory=SystemClock)
    scribe: Scribe | None = None
    """Who writes entries, where that is not Slack's own door."""


@dataclass(frozen=True)
class Keysmith:
    """The whole bot, ready to be started."""

    gate: Gate
    socket: SocketDoor
    pages: Pages
    health: Health
    runner: ErrandRunner
    notices: Notices
    links: Links
    outbox: Outbox
    ticker: Ticker
    inspector: Inspector
    background: Background


def open_cloudinary(settings: Settings, session: aiohttp.ClientSession) -> Cloudinary:
    """The account."""
    account = AccountCredentials.parse(settings.cloudinary_account_url.get_secret_value())
    return Cloudinary(session, account, settings.cloudinary_api_url, rights=key_right)


def open_slack(settings: Settings, session: aiohttp.ClientSession) -> Slack:
    """The workspace."""
    token = settings.slack_bot_token.get_secret_value()
    return Slack(token, settings.slack_api_url, session)


def open_linter(doors: Doors) -> Linter:
    """What holds the policy against the people there are; it needs no Redis."""
    return Linter(
        doors.policy,
        doors.cloudinary,
        doors.cloudinary,
        doors.slack,
        doors.clock,
        doors.team.id,
        doors.settings.request_ttl,
        permissions=doors.permissions,
    )


def build(doors: Doors) -> Keysmith:
    """Put everything together."""
    settings, clock, metrics = doors.settings, doors.clock, Metrics()
    scribe, background = doors.scribe or Scribe(clock), Background()
    store = Store(doors.redis)
    ledger = Ledger(doors.redis, store, ChainKey(settings.keys[0]))
    errands = RedisErrands(store, ledger, FieldSealer(settings.keys))
    offers, locks = RedisOffers(store), RedisLocks(doors.redis)
    people = People(
        doors.slack,
        doors.cloudinary,
        doors.cloudinary,
        clock,
        team_id=doors.team.id,
        permissions=doors.permissions,
    )
    kept = RedisLinks(store, ledger, link_ttl=settings.link_ttl, claim_ttl=settings.request_ttl)
    delegations = RedisDelegations(store, ledger)
    requests = RedisRequests(store, ledger, errands, claim_ttl=settings.request_ttl)
    links = Links(
        store=kept,
        account=doors.cloudinary,
        gatekeeper=Gatekeeper(people, doors.cloudinary, doors.policy, requests),
        clock=clock,
        seal=seal_bundle,
        hash_proof=hash_proof,
        public_url=settings.public_url,
        ttl=settings.link_ttl,
    )
    finder = Finder(doors.cloudinary, doors.policy)
    changer = Changer(doors.cloudinary, doors.policy, finder, errands, locks, kept, scribe)
    creator = Creator(doors.cloudinary, doors.policy, finder, errands, locks, kept, links, scribe)
    world = World(
        people, doors.cloudinary, doors.policy, requests, scribe, doors.slack, delegations
    )
    opener = Opener(
        world,
        Approvers(
            doors.cloudinary,
            doors.slack,
            clock,
            team_id=doors.team.id,
            permissions=doors.permissions,
        ),
        Gatherer(world, errands),
        locks,
        settings.request_ttl,
    )
    clerk = Clerk(
        people,
        doors.policy,
        Reader(doors.cloudinary, doors.policy, finder, errands, clock),
        changer,
        creator,
        Requester(world, finder, opener),
        opener,
        Decider(world, Settler(world)),
        Executor(world, changer, creator),
        Delegator(people, delegations, scribe),
        errands,
        scribe,
    )
    homes = Homes(Homekeeper(world, kept), offers, doors.slack, background)
    answers = Answers(doors.slack, offers, homes)
    asking = Asking(Desk(people, clerk, errands, scribe, new_id), offers)
    bolt = open_bolt(doors)
    Commands(asking, answers).register(bolt)
    Actions(asking, answers, background).register(bolt)
    Views(asking, answers).register(bolt)
    homes.register(bolt)
    Shortcuts(asking, answers, requests, background).register(bolt)
    gate = Gate(bolt, verifier(settings), doors.team.id, metrics)
    return Keysmith(
        gate=gate,
        socket=SocketDoor(gate),
        pages=Pages(links, settings.public_url, doors.team.name),
        health=Health(ledger.head, metrics),
        runner=ErrandRunner(errands, clerk, answers, scribe, metrics),
        notices=Notices(doors.slack, settings.told_of_danger),
        links=links,
        outbox=Outbox(
            PacedVoice(doors.slack, store),
            requests,
            Channels(settings.approvals_channel, settings.told_of_danger),
            locks,
        ),
        inspector=Inspector(open_linter(doors), RedisFindings(store, ledger)),
        ticker=Ticker(requests, kept, doors.cloudinary, locks, clock, settings.request_ttl),
        background=background,
    )


def new_id() -> str:
    """An errand's id: 64 bits, unguessable, short enough to read out."""
    return secrets.token_hex(8)


def verifier(settings: Settings) -> SignatureVerifier | None:
    """What proves Slack's signature; None in Socket Mode, where nothing is signed."""
    secret = settings.slack_signing_secret
    return SignatureVerifier(secret.get_secret_value()) if secret else None


def open_bolt(doors: Doors) -> AsyncApp:
    """Bolt as a dispatcher alone: the gate has verified, and listeners only keep and ack."""
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=doors.team.id,
        bot_token=doors.settings.slack_bot_token.get_secret_value(),
    )

    async def authorize() -> AuthorizeResult:
        return known

    logger = logging.getLogger("keysmith.bolt")
    logger.setLevel(logging.ERROR)  # it warns of what is meant so
    return AsyncApp(
        logger=logger,
        client=doors.slack.client,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
