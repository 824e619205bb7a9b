"""The findings of the last look at the policy, so that many processes report them once."""

import hashlib

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES, POLICY_FINDINGS
from bot.adapters.redis.steps import absent, equals, set_, xadd
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry


class RedisFindings:
    """The findings of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Notify the security channel and the audit log, unless nothing changed since last time."""
        digest = hashlib.sha256(findings.encode()).hexdigest() if findings else ""
        last = await self._store.text("GET", POLICY_FINDINGS)
        if digest == (last or ""):
            return False
        writes = (set_(POLICY_FINDINGS, digest), xadd(NOTICES, {"text": notice, "by": ""}))
        same = absent(POLICY_FINDINGS) if last is None else equals(POLICY_FINDINGS, last)
        return await self._ledger.write(entry, writes, same)
