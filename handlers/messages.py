"""Messages to the bot: direct ones, whose commands run, and mentions, whose commands are offered.

A mention stands where everybody reads it, so its answer is for its person alone, and a command of
it runs by a press there. Slack delivers an event until it is accepted; its id makes that one
delivery.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.commands.spoken import spoken
from bot.domain.jobs import Reply
from bot.flows.general import HELLO
from bot.flows.intake import Delivery
from handlers.answers import Answers
from handlers.gate import ACTOR, DELIVERY
from handlers.leak_watch import LeakWatch
from handlers.origin import Body, bot_of
from handlers.submit import Submitter

WRITTEN: Final = frozenset({"", "file_share"})
"""Subtypes of messages that a person writes; edits, deletions and notices have others."""
DIRECT: Final = "im"
"""The type of a conversation of one person with the bot."""


@dataclass(frozen=True)
class Messages:
    """Listens to direct messages and mentions."""

    submitter: Submitter
    answers: Answers
    watch: LeakWatch

    async def direct(self, body: Body, context: AsyncBoltContext) -> None:
        """Run what a person writes to the bot; the answer is a direct message."""
        event = _event(body)
        if event.get("channel_type") == DIRECT and _is_written(event):
            await self._submit(body, context)
        elif event.get("channel_type") != DIRECT:
            await self.watch.heard(body)

    async def mentioned(self, body: Body, context: AsyncBoltContext) -> None:
        """Offer what a person writes to the bot in a channel, in an answer for them alone."""
        event = _event(body)
        if _is_written(event):
            place = str(event.get("channel", "")), str(event.get("thread_ts", ""))
            await self._submit(body, context, *place)

    async def _submit(
        self, body: Body, context: AsyncBoltContext, channel: str = "", thread: str = ""
    ) -> None:
        reply = Reply(channel=channel, thread=thread, aloud=bool(channel))
        actor = context[ACTOR]
        text = spoken(str(_event(body).get("text", "")), bot_of(body)) or f"help {HELLO}"
        outcome = await self.submitter.submit(Delivery(actor, text, reply, context[DELIVERY]))
        await self.answers.later(actor, reply, outcome)


def _event(body: Body) -> Mapping[str, object]:
    event = body.get("event")
    return event if isinstance(event, Mapping) else {}


def _is_written(event: Mapping[str, object]) -> bool:
    """Whether a person has just written it: no bot, nor Keysmith itself, and no edit."""
    by_app = any(event.get(name) for name in ("bot_id", "app_id", "bot_profile"))
    again = event.get("edited") or event.get("hidden")
    return not by_app and not again and str(event.get("subtype") or "") in WRITTEN
