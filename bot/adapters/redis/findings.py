"""What the last look at the policy found, so that many processes tell of it once."""

import hashlib

from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.names import NOTICES, POLICY_FINDINGS
from bot.adapters.redis.steps import Applied, Step, absent, equals, set_, xadd
from bot.adapters.redis.store import Store
from bot.domain.audit import Entry


class RedisFindings:
    """The findings of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Tell the security channel and the record, unless these are the ones told of last."""
        digest = hashlib.sha256(findings.encode()).hexdigest() if findings else ""
        last = await self._store.text("GET", POLICY_FINDINGS)
        if digest == (last or ""):
            return False
        writes = (set_(POLICY_FINDINGS, digest), xadd(NOTICES, {"text": notice, "by": ""}))
        same = absent(POLICY_FINDINGS) if last is None else equals(POLICY_FINDINGS, last)
        step = Step((entry,), writes, (same,))
        return isinstance(await self._ledger.commit(step), Applied)
