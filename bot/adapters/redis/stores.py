"""Opens every store in Redis: the one place where they are wired."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from bot.adapters.keyring import Keyring
from bot.adapters.pair_marks import PairMarks
from bot.adapters.passphrases import Passphrases
from bot.adapters.redis.access_reviews import RedisAccessReviews
from bot.adapters.redis.answers import RedisAnswers
from bot.adapters.redis.bindings import RedisBindings
from bot.adapters.redis.bulks import RedisBulks
from bot.adapters.redis.delegations import RedisDelegations
from bot.adapters.redis.departures import RedisDepartures
from bot.adapters.redis.findings import RedisFindings
from bot.adapters.redis.hints import RedisHints
from bot.adapters.redis.history import History
from bot.adapters.redis.incidents import RedisIncidents
from bot.adapters.redis.jobs import RedisJobs
from bot.adapters.redis.key_records import RedisKeyRecords
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.live_links import RedisLiveLinks
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.macs import Macs
from bot.adapters.redis.offers import RedisOffers
from bot.adapters.redis.pace import RedisPace
from bot.adapters.redis.permissions import RedisPermissions
from bot.adapters.redis.report_schedules import RedisReportSchedules
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.rotation_schedules import RedisRotationSchedules
from bot.adapters.redis.sightings import RedisSightings
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.store import Store
from bot.adapters.redis.strangers import RedisStrangers
from bot.adapters.redis.tiers import RedisTiers
from bot.adapters.redis.visits import RedisVisitLimits, RedisVisitTally
from bot.adapters.redis.vote_sign_ins import RedisVoteSignIns
from bot.adapters.vault import FieldSealer
from bot.domain.audit import Entry


@dataclass(frozen=True)
class Stores:
    """Every store in Redis."""

    store: Store
    ledger: Ledger
    signed: Signed
    jobs: RedisJobs
    requests: RedisRequests
    links: RedisLinks
    live_links: RedisLiveLinks
    bindings: RedisBindings
    delegations: RedisDelegations
    tiers: RedisTiers
    bulks: RedisBulks
    incidents: RedisIncidents
    marks: PairMarks
    records: RedisKeyRecords
    sightings: RedisSightings
    offers: RedisOffers
    passphrases: Passphrases
    answers: RedisAnswers
    findings: RedisFindings
    departures: RedisDepartures
    strangers: RedisStrangers
    visit_limits: RedisVisitLimits
    visits: RedisVisitTally
    permissions: RedisPermissions
    hints: RedisHints
    locks: RedisLocks
    schedules: RedisReportSchedules
    reviews: RedisAccessReviews
    rotation_schedules: RedisRotationSchedules
    pace: RedisPace
    vote_sign_ins: RedisVoteSignIns


def open_ledger(
    redis: Redis,
    keys: Sequence[bytes],
    replicas: int = 0,
    recorded: Callable[[Entry], None] = lambda _: None,
    *,
    recovering: bool = False,
) -> Ledger:
    """Open the ledger; `keys` are newest first, and Redis names the one that signs.

    `recorded` hears of each entry that was written. A halt does not stop a ledger that is
    `recovering`.
    """
    store, keyring = Store(redis), Keyring(keys)
    history = History(store, keyring, recovering=recovering)
    return Ledger(redis, store, keyring, replicas, recorded, history)


def open_signed(store: Store, ledger: Ledger) -> Signed:
    """Open the signed records, under the keys of the ledger."""
    return Signed(store, ledger, Macs(ledger.keyring), ledger.marks)


def open_stores(
    redis: Redis,
    keys: Sequence[bytes],
    *,
    link_ttl: timedelta,
    claim_ttl: timedelta,
    replicas: int = 0,
    recorded: Callable[[Entry], None] = lambda _: None,
    recovering: bool = False,
) -> Stores:
    """Open the stores; `keys` are newest first, and an ack waits for `replicas`.

    `recorded` hears of each audit entry.
    """
    store = Store(redis)
    ledger = open_ledger(redis, keys, replicas, recorded, recovering=recovering)
    signed = open_signed(store, ledger)
    ledger.history.on_recovery = signed.marks.forget
    sealer = FieldSealer(ledger.keyring)
    jobs = RedisJobs(store, ledger, signed, sealer)
    return Stores(
        store=store,
        ledger=ledger,
        signed=signed,
        jobs=jobs,
        requests=RedisRequests(store, ledger, signed, jobs, claim_ttl=claim_ttl),
        links=RedisLinks(store, ledger, signed, link_ttl=link_ttl, claim_ttl=claim_ttl),
        live_links=RedisLiveLinks(store, ledger, signed),
        bindings=RedisBindings(store, ledger, signed),
        delegations=RedisDelegations(store, ledger, signed),
        tiers=RedisTiers(store, ledger, signed),
        bulks=RedisBulks(ledger, signed),
        incidents=RedisIncidents(store, ledger, signed, jobs),
        marks=PairMarks(ledger.keyring),
        records=RedisKeyRecords(store, ledger, signed),
        sightings=RedisSightings(store, ledger, signed),
        offers=RedisOffers(store, signed, sealer),
        passphrases=Passphrases(sealer),
        answers=RedisAnswers(store, sealer),
        findings=RedisFindings(store, ledger),
        departures=RedisDepartures(ledger),
        strangers=RedisStrangers(store, ledger, link_ttl),
        visit_limits=RedisVisitLimits(redis),
        visits=RedisVisitTally(store, ledger),
        permissions=RedisPermissions(store, ledger),
        hints=RedisHints(store),
        locks=RedisLocks(store),
        pace=RedisPace(store),
        schedules=RedisReportSchedules(store, ledger, signed),
        reviews=RedisAccessReviews(store, ledger, signed),
        rotation_schedules=RedisRotationSchedules(store, ledger, signed),
        vote_sign_ins=RedisVoteSignIns(ledger, signed),
    )
