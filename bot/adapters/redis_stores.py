"""Opens every store that is kept in Redis: the one place where they are wired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from bot.adapters.redis_delegations import RedisDelegations
from bot.adapters.redis_errands import RedisErrands
from bot.adapters.redis_findings import RedisFindings
from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_links import RedisLinks
from bot.adapters.redis_locks import RedisLocks
from bot.adapters.redis_offers import RedisOffers
from bot.adapters.redis_requests import RedisRequests
from bot.adapters.redis_store import Store
from bot.adapters.vault import FieldSealer
from bot.domain.audit import ChainKey


@dataclass(frozen=True)
class Stores:
    """Everything that is kept in Redis."""

    store: Store
    ledger: Ledger
    errands: RedisErrands
    requests: RedisRequests
    links: RedisLinks
    delegations: RedisDelegations
    offers: RedisOffers
    findings: RedisFindings
    locks: RedisLocks


def open_stores(
    redis: Redis, keys: Sequence[bytes], *, link_ttl: timedelta, claim_ttl: timedelta
) -> Stores:
    """Open the stores; `keys` are newest first, and the newest signs the audit log."""
    store = Store(redis)
    ledger = Ledger(redis, store, ChainKey(keys[0]))
    errands = RedisErrands(store, ledger, FieldSealer(keys))
    return Stores(
        store=store,
        ledger=ledger,
        errands=errands,
        requests=RedisRequests(store, ledger, errands, claim_ttl=claim_ttl),
        links=RedisLinks(store, ledger, link_ttl=link_ttl, claim_ttl=claim_ttl),
        delegations=RedisDelegations(store, ledger),
        offers=RedisOffers(store),
        findings=RedisFindings(store, ledger),
        locks=RedisLocks(redis),
    )
