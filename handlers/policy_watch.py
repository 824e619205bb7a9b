"""Looks at the policy when a worker starts and once a day, and tells when the findings changed."""

from dataclasses import asdict, dataclass
from typing import Final, Protocol

import structlog

from bot.cards.policy_lint import notice, sentence
from bot.domain.audit import AuditEvent, Entry
from bot.domain.policy_lint import Finding
from bot.flows.policy_lint import Linter

_log = structlog.get_logger("keysmith.policy_watch")

ACTION: Final = "policy:lint"
"""What the record calls it."""


class Findings(Protocol):
    """What was found last. May raise `StoreError`."""

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Tell of these, unless they are the ones told of last."""
        ...


@dataclass(frozen=True)
class PolicyWatch:
    """Never in anybody's way: what it finds is words."""

    linter: Linter
    findings: Findings

    async def look(self) -> tuple[Finding, ...]:
        """Look, log, and tell the security channel where it is news.

        Raises:
            KeysmithError: something outside did not answer; nothing is told.

        """
        found = await self.linter.look()
        for finding in found:
            _log.warning("policy_finding", **asdict(finding), words=sentence(finding))
        words = "\n".join(map(sentence, found))
        detail = f"{len(found)} findings"
        entry = Entry(self.linter.clock.now(), AuditEvent.ANSWERED, ACTION, detail=detail)
        await self.findings.tell(words, notice(found), entry)
        return found
