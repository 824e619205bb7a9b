"""Notices to security: sent after the change, at Slack's pace, blocking nothing."""

from dataclasses import dataclass, field

import structlog

from bot.cards.keys import notice
from bot.errors import SlackError, StoreError
from handlers.channels import Ready, after
from handlers.metrics import Metrics
from handlers.security import SecurityTeller

_log = structlog.get_logger("keysmith.notices")


@dataclass(frozen=True)
class Notices:
    """Posts notices; one that is not taken waits without a place, however long."""

    security: SecurityTeller
    metrics: Metrics
    _tries: dict[str, int] = field(default_factory=dict)

    async def __call__(self, item: str, text: str, user_id: str) -> Ready | None:
        """Post one notice; gives what tells when to run it again, None once it is done."""
        try:
            await self.security.tell_card("", notice(text, user_id), again=False)
        except (StoreError, SlackError) as error:
            tries = self._tries[item] = self._tries.get(item, -1) + 1
            code = error.code if isinstance(error, SlackError) else type(error).__name__
            _log.warning("notice_not_taken", code=code, tries=tries + 1)
            self.metrics.retries.labels("notice").inc()
            return after(tries)
        self._tries.pop(item, None)
        return None
