"""Notices to security: sent after the change, at Slack's pace, blocking nothing."""

from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.cards.keys import notice
from bot.domain.requests.notifications import Notification
from bot.errors import SlackError, StoreError
from handlers.channels import Ready, after
from handlers.metrics import Metrics
from handlers.security import SecurityTeller

_log = structlog.get_logger("keysmith.notices")

LEFT_OUT: Final = (
    "{what} ended the processes that were to post it, so it is left out (item {item}).{look} What"
    " it was about stands in the audit log, around the time of that number, in milliseconds."
)
LOOK: Final = " Look with `{command}`, and tell {people}."


@dataclass(frozen=True)
class Notices:
    """Posts notices; one that is not taken waits without a place, however long."""

    security: SecurityTeller
    metrics: Metrics
    _tries: dict[str, int] = field(default_factory=dict)

    async def __call__(
        self, item: str, text: str, user_id: str, *, again: bool = False, worn_out: bool = False
    ) -> Ready | None:
        """Post one notice; gives what tells when to run it again, None once it is done.

        `again` where a process that died may have posted it. One that is worn out may be what ends
        them, so only that is posted.
        """
        again = again or item in self._tries  # Slack may have posted it in spite of the error
        if worn_out:
            text, user_id = LEFT_OUT.format(what="A notice", item=item, look=""), ""
        try:
            await self.security.tell_card(item, notice(text, user_id), again=again)
        except (StoreError, SlackError) as error:
            tries = self._tries[item] = self._tries.get(item, -1) + 1
            code = error.code if isinstance(error, SlackError) else type(error).__name__
            _log.warning("notice_not_taken", code=code, tries=tries + 1)
            self.metrics.retries.labels("notice").inc()
            return after(tries)
        self._tries.pop(item, None)
        return None

    async def left_out(self, item: str, message: Notification) -> Ready | None:
        """Post that a message which is worn out is left out, as its request can be looked at."""
        people = f"the user {message.to}" if message.to else "its people"
        look = LOOK.format(command=f"/cld requests {message.request_id}".rstrip(), people=people)
        return await self(item, LEFT_OUT.format(what="A message", item=item, look=look), "")
