"""Lints the policy when a worker starts and once a day; new findings go to the security channel."""

from dataclasses import asdict, dataclass
from typing import Final

import structlog

from bot.cards.policy_lint import notice, sentence
from bot.domain.audit import AuditEvent, Entry
from bot.domain.policy_lint import Finding
from bot.flows.policy_lint import Linter
from handlers.ports import Findings

_log = structlog.get_logger("keysmith.policy_watch")

ACTION: Final = "policy:lint"
"""The action in the audit entry."""


@dataclass(frozen=True)
class PolicyWatch:
    """Reports findings; it never changes a decision."""

    linter: Linter
    findings: Findings

    async def look(self) -> tuple[Finding, ...]:
        """Lint, log the findings, and queue a notice where they are new.

        Raises:
            KeysmithError: Slack, Cloudinary or Redis did not answer; no notice is queued.

        """
        found = await self.linter.look()
        for finding in found:
            _log.warning("policy_finding", **asdict(finding), words=sentence(finding))
        text, detail = "\n".join(map(sentence, found)), f"{len(found)} findings"
        entry = Entry(self.linter.clock.now(), AuditEvent.ANSWERED, ACTION, detail=detail)
        await self.findings.tell(text, notice(found), entry)
        return found
