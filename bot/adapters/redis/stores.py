"""Opens every store in Redis: the one place where they are wired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from bot.adapters.redis.delegations import RedisDelegations
from bot.adapters.redis.findings import RedisFindings
from bot.adapters.redis.jobs import RedisJobs
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.offers import RedisOffers
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.store import Store
from bot.adapters.redis.tiers import RedisTiers
from bot.adapters.vault import FieldSealer
from bot.domain.audit import ChainKey


@dataclass(frozen=True)
class Stores:
    """Every store in Redis."""

    store: Store
    ledger: Ledger
    jobs: RedisJobs
    requests: RedisRequests
    links: RedisLinks
    delegations: RedisDelegations
    tiers: RedisTiers
    offers: RedisOffers
    findings: RedisFindings
    locks: RedisLocks


def open_ledger(redis: Redis, keys: Sequence[bytes]) -> Ledger:
    """Open the ledger; `keys` are newest first, and the newest signs the audit log."""
    return Ledger(redis, Store(redis), ChainKey(keys[0]))


def open_stores(
    redis: Redis, keys: Sequence[bytes], *, link_ttl: timedelta, claim_ttl: timedelta
) -> Stores:
    """Open the stores; `keys` are newest first."""
    store = Store(redis)
    ledger = open_ledger(redis, keys)
    jobs = RedisJobs(store, ledger, FieldSealer(keys))
    return Stores(
        store=store,
        ledger=ledger,
        jobs=jobs,
        requests=RedisRequests(store, ledger, jobs, claim_ttl=claim_ttl),
        links=RedisLinks(store, ledger, link_ttl=link_ttl, claim_ttl=claim_ttl),
        delegations=RedisDelegations(store, ledger),
        tiers=RedisTiers(store, ledger),
        offers=RedisOffers(store),
        findings=RedisFindings(store, ledger),
        locks=RedisLocks(redis),
    )
