"""Sees leaked pairs in messages: in channels that Keysmith is in, and where a person reports one.

Nothing of a message is stored or logged but the API key, its channel, its time and its author.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.incidents import Report, Sighting, Source
from bot.domain.leak_texts import whole_text
from bot.flows.leaks.report import LeakReporter
from handlers.origin import Body, bot_of

TEXTS: Final = ("text", "blocks", "attachments", "files")
"""Parts of a message that people read; a file has the beginning of its text."""
GONE: Final = frozenset({"message_deleted"})


@dataclass(frozen=True)
class LeakWatch:
    """Looks at messages; without `watching`, only at those that a person reports."""

    reporter: LeakReporter
    watching: bool = False

    async def heard(self, body: Body) -> None:
        """Report what a message in a channel holds. May raise `StoreError`: Slack sends it again.

        An edited message is a message again: what is in it now counts.
        """
        event = body.get("event")
        if not self.watching or not isinstance(event, Mapping) or event.get("subtype") in GONE:
            return
        inner = event.get("message")
        message = inner if isinstance(inner, Mapping) else event
        if _is_own(body, message):
            return
        channel = str(event.get("channel", ""))
        for seen in await self.seen_in(message):
            ts, author = str(message.get("ts", "")), author_of(message)
            now = self.reporter.clock.now()
            report = Report(Source.CHANNEL, now, "", "", channel, ts, author)
            await self.reporter.report(seen, report)

    async def seen_in(self, message: Mapping[str, object]) -> list[Sighting]:
        """See the pairs in a message."""
        return await self.reporter.seen(whole_text([message.get(name) for name in TEXTS]))


def author_of(message: Mapping[str, object]) -> str:
    """Read which person wrote a message; empty for a program."""
    return "" if message.get("bot_id") else str(message.get("user") or "")


def _is_own(body: Body, message: Mapping[str, object]) -> bool:
    """Whether Keysmith wrote it."""
    app, own = body.get("api_app_id"), bot_of(body)
    profile = message.get("bot_profile")
    by = profile.get("app_id") if isinstance(profile, Mapping) else None
    same_app = app is not None and app in {message.get("app_id"), by}
    return same_app or (bool(own) and message.get("user") == own)
