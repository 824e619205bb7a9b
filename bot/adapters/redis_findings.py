"""What the last look at the policy found, so that many processes tell of it once."""

import hashlib
from typing import Final

from bot.adapters.redis_errands import NOTICES
from bot.adapters.redis_ledger import Ledger
from bot.adapters.redis_steps import Applied, Guard, Step
from bot.adapters.redis_store import PREFIX, Store
from bot.domain.audit import Entry

FINDINGS: Final = PREFIX + "policy-findings"


class RedisFindings:
    """The findings of every process that shares this Redis."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Tell the security channel and the record, unless these are the ones told of last."""
        digest = hashlib.sha256(findings.encode()).hexdigest() if findings else ""
        last = await self._store.text("GET", FINDINGS)
        if digest == (last or ""):
            return False
        writes = (("SET", FINDINGS, digest), ("XADD", NOTICES, "*", "text", notice, "by", ""))
        step = Step((entry,), writes, (Guard(("GET", FINDINGS), last),))
        return isinstance(await self._ledger.commit(step), Applied)
