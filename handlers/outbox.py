"""Posts notifications: drawn from the stored request, retried, never twice.

A change of a request queues its notifications in the same step as the change. Each one is an item
of the outbox stream (`bot.adapters.redis.queue`), which keeps the item until `__call__` returns.

States
    of a card       none -> posted, with its place in `Request.card` -> redrawn at each change
    of a message    not posted -> posted under its mark, which is the item's id, hidden in the
                    message's metadata (a card's mark is the request's id)

Invariants
1. A request has one card. One process at a time posts it, and looks for a stored place first.
2. A message is posted once: after a crash or an unclear answer (`again`) its mark is searched.
3. The last drawing of a card shows the stored request: drawing repeats until the request's version
   stays the same meanwhile, so an older drawing of another process can't remain.
4. A message in a thread waits for the card; where the card does not appear, the message posts it.
5. An item that Slack refuses makes room for others: at once where the refusal is permanent, else
   after `TRIES`. An unreachable Redis is waited for. What this process
   can't read goes to another one.

What a crash leaves
    before Slack's answer   An item; the next worker searches the mark, then posts if need be.
    before `place`          A card that the request does not know; the next worker finds its mark.
    before a redraw ends    A card of an older version; the item is run again and draws it.
    after the last call     An item whose message is posted; the next worker finds its mark.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, assert_never

import structlog

from bot.cards.kit import Message, render
from bot.cards.notifications import notification_card
from bot.cards.requests import posted
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Notification, Posted, Topic
from bot.errors import SlackError, StoreError, Unread
from bot.flows.ports import Locks
from handlers.ports import Messenger, RequestCards

_log = structlog.get_logger("keysmith.outbox")

LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries, after doubling from one."""
TRIES: Final = 15
"""Ten minutes; a reminder repeats what is given up."""
CARD_LOOKS: Final = 50
CARD_PAUSE: Final = 0.1
"""Seconds between two looks for the card of a thread: five seconds in all."""
GIVEN_UP: Final = frozenset(
    {
        *("user_not_found", "user_disabled", "cannot_dm_bot", "channel_not_found"),
        *("message_not_found", "thread_not_found", "cannot_reply_to_message"),
        *("msg_too_long", "msg_blocks_too_long", "invalid_blocks", "no_text"),
    }
)
"""Slack's permanent refusals."""


@dataclass(frozen=True)
class Channels:
    """The channels of the cards and of the notices to security."""

    approvals: str
    security: str


@dataclass(frozen=True)
class Outbox:
    """Posts one notification at a time."""

    messenger: Messenger
    requests: RequestCards
    channels: Channels
    locks: Locks

    async def __call__(self, mark: str, notification: Notification, *, again: bool) -> None:
        """Post a notification; `again` where a process that died may have posted it."""
        topic, request_id = notification.topic, notification.request_id
        pause, tries = 1.0, 0
        while tries < TRIES:
            try:
                return await self._send(mark, notification, again=again)
            except Unread:
                raise  # another process may be able to read the request
            except StoreError:
                _log.warning("store_away", topic=topic)
            except SlackError as error:
                _log.warning("notification_not_taken", code=error.code, topic=topic)
                if error.code in GIVEN_UP:
                    return None
                tries += 1
            again = True  # Slack may have posted it in spite of the error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        _log.error("notification_given_up", topic=topic, request=request_id)
        return None

    async def _send(self, mark: str, notification: Notification, *, again: bool) -> None:
        request = await self.requests.load(notification.request_id)
        if request is None:
            return
        channel, thread = notification.to, None
        match notification.audience:
            case Audience.CARD if notification.topic is Topic.ASKED:
                await self._post_card(request, again=again)
                return
            case Audience.CARD:
                await self._draw(request, await self._card(request))
                return
            case Audience.THREAD:
                card = await self._card(request)
                channel, thread = card.channel, card.ts
            case Audience.SECURITY:
                channel = self.channels.security
            case Audience.PERSON:
                pass
            case _:
                assert_never(notification.audience)
        message = render(notification_card(notification, request))
        await self._once(channel, mark, message, again=again, thread=thread)

    async def _post_card(self, request: Request, *, again: bool) -> Posted:
        """Post the card unless it is posted, and draw what changed in the meantime."""
        async with self.locks.hold(f"card:{request.id}"):
            request = await self.requests.load(request.id) or request
            there = Posted.parse(request.card)
            if there is None:
                message = render(posted(request))
                there = await self._once(self.channels.approvals, request.id, message, again=again)
                await self.requests.place(request.id, str(there))
        current = await self.requests.load(request.id)
        if current and current.version != request.version:
            await self._draw(current, there)
        return there

    async def _draw(self, request: Request, there: Posted) -> None:
        """Draw the card until it shows the stored version."""
        while True:
            current = await self.requests.load(request.id) or request
            await self.messenger.change(there, render(posted(current)))
            after = await self.requests.load(request.id) or current
            if after.version == current.version:
                return

    async def _once(
        self, channel: str, mark: str, message: Message, *, again: bool, thread: str | None = None
    ) -> Posted:
        found = await self.messenger.find(channel, mark, thread) if again else None
        return found or await self.messenger.send(channel, message, mark=mark, thread=thread)

    async def _card(self, request: Request) -> Posted:
        """Find the card; another worker may be posting it, so wait a little before posting it."""
        for _ in range(CARD_LOOKS):
            current = await self.requests.load(request.id)
            there = Posted.parse(current.card) if current else None
            if there:
                return there
            await asyncio.sleep(CARD_PAUSE)
        return await self._post_card(request, again=True)
