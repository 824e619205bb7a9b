"""What is said because requests change: from the stored state, in order, as often as it takes."""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bot.cards.kit import Card, Message, render
from bot.cards.notifications import notification_card
from bot.cards.requests import posted
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Notification, Posted, Topic
from bot.errors import SlackError, StoreError
from bot.flows.ports import Locks

_log = structlog.get_logger("keysmith.outbox")

LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries, after doubling from one."""
TRIES: Final = 15
"""Ten minutes; then others need the place, and a reminder says it again."""
CARD_LOOKS: Final = 50
"""Five seconds of them; a card that is still not there is posted by whoever needs it."""
CARD_PAUSE: Final = 0.1
"""Seconds between two looks for the card that a thread hangs on."""
GIVEN_UP: Final = frozenset(
    {
        *("user_not_found", "user_disabled", "cannot_dm_bot", "channel_not_found"),
        *("message_not_found", "thread_not_found", "cannot_reply_to_message"),
    }
)
"""Refusals that no further try would change."""


class Messenger(Protocol):
    """Says things at Slack so that they can be found again. May raise `SlackError`."""

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Say something under a mark."""
        ...

    async def change(self, notification_card: Posted, message: Message) -> None:
        """Put another text in its place."""
        ...

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Look for what was said under this mark."""
        ...


class Kept(Protocol):
    """Requests as they are kept. May raise `StoreError`."""

    async def load(self, request_id: str) -> Request | None:
        """Read one."""
        ...

    async def place(self, request_id: str, card: str) -> None:
        """Remember where the card stands."""
        ...


@dataclass(frozen=True)
class Channels:
    """Where cards are posted, and where security is told."""

    approvals: str
    security: str


@dataclass(frozen=True)
class Outbox:
    """Says one thing at a time."""

    messenger: Messenger
    requests: Kept
    channels: Channels
    locks: Locks

    async def __call__(self, mark: str, notification: Notification, *, again: bool) -> None:
        """Say it; `again` where a process that died may have said it already."""
        pause, tries = 1.0, 0
        while tries < TRIES:
            try:
                return await self._send(mark, notification, again=again)
            except StoreError:
                _log.warning("store_away", topic=notification.topic)
            except SlackError as error:
                _log.warning("notification_not_taken", code=error.code, topic=notification.topic)
                if error.code in GIVEN_UP:
                    return None
                tries += 1
            again = True  # it may have been taken all the same
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        _log.error(
            "notification_given_up", topic=notification.topic, request=notification.request_id
        )
        return None

    async def _send(self, mark: str, notification: Notification, *, again: bool) -> None:
        request = await self.requests.load(notification.request_id)
        if request is None:
            return
        match notification.audience:
            case Audience.CARD:
                if notification.topic is Topic.ASKED:
                    await self._post(request, again=again)
                else:
                    await self._draw(request, await self._where(request))
            case Audience.THREAD:
                card = await self._where(request)
                message = _message(notification_card(notification, request))
                await self._once(card.channel, mark, message, again=again, thread=card.ts)
            case Audience.SECURITY:
                channel = self.channels.security
                await self._once(
                    channel, mark, _message(notification_card(notification, request)), again=again
                )
            case Audience.PERSON:
                await self._once(
                    notification.to,
                    mark,
                    _message(notification_card(notification, request)),
                    again=again,
                )

    async def _post(self, request: Request, *, again: bool) -> Posted:
        """Post the card where none stands yet, as the request is by then; one at a time."""
        async with self.locks.hold(f"card:{request.id}"):
            request = await self.requests.load(request.id) or request
            there = Posted.parse(request.card)
            if there is None:
                message = _message(posted(request))
                there = await self._once(self.channels.approvals, request.id, message, again=again)
                await self.requests.place(request.id, str(there))
        current = await self.requests.load(request.id)
        if current and current.version != request.version:
            await self._draw(current, there)
        return there

    async def _draw(self, request: Request, there: Posted) -> None:
        """Draw the card until it is what is kept: another's older drawing may come in between."""
        while True:
            current = await self.requests.load(request.id) or request
            await self.messenger.change(there, _message(posted(current)))
            after = await self.requests.load(request.id) or current
            if after.version == current.version:
                return

    async def _once(
        self, channel: str, mark: str, message: Message, *, again: bool, thread: str | None = None
    ) -> Posted:
        found = await self.messenger.find(channel, mark, thread) if again else None
        return found or await self.messenger.send(channel, message, mark=mark, thread=thread)

    async def _where(self, request: Request) -> Posted:
        """Where the card stands; its posting comes first and may still be on its way."""
        for _ in range(CARD_LOOKS):
            current = await self.requests.load(request.id)
            there = Posted.parse(current.card) if current else None
            if there:
                return there
            await asyncio.sleep(CARD_PAUSE)
        return await self._post(request, again=True)


def _message(card: Card) -> Message:
    return render(card)
