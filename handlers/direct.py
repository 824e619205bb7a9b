"""Sends the direct messages that are drawn again, and tells people about a channel that is gone.

They ask those who may decide, and let an owner collect. A person gets each once: its mark has the
request and the person, so it is found by whichever way they are told, and again when it is drawn
for the last time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from bot.cards.kit import Card, Message, render
from bot.cards.notifications import (
    asked_directly,
    call,
    notification_card,
    told_of_calls,
    told_of_the_way,
)
from bot.cards.unrequested import of_no_request
from bot.domain.languages import Language
from bot.domain.link_receipts import Settled
from bot.domain.policy import Reach
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import (
    Audience,
    Notification,
    Posted,
    Topic,
    collects,
    in_thread,
    to_person,
)
from bot.domain.requests.ways import WANT_A_DECISION, Refusal, refusal_of, remedy
from bot.errors import SlackError, StoreError
from handlers.channels import Channels
from handlers.ports import Deciders, Messenger
from handlers.security import SecurityTeller

T = TypeVar("T")

_log = structlog.get_logger("keysmith.outbox")


@dataclass(frozen=True)
class Direct:
    """Sends direct messages about requests that wait for a decision."""

    messenger: Messenger
    channels: Channels
    security: SecurityTeller
    deciders: Deciders
    language: Callable[[str], Language]
    """By the id of a user."""
    _told: set[str] = field(default_factory=set)
    """Marks of items whose people were told, and of notices to security."""

    async def takes(self, notification: Notification, request: Request, *, again: bool) -> bool:
        """Tell a person what they are to decide; False where this is another kind of message.

        With `again`, a process that died may have told them.
        """
        user, topic = notification.to, notification.topic
        if topic is Topic.SETTLED:
            await self._settled(request, user)
            return True
        if notification.audience is Audience.CARD and user:
            await self._redraw(request, user, topic)
            return True
        if notification.audience is Audience.PERSON and topic is Topic.READY:
            await self._once(user, *_drawn(request, user, topic), looks=again)
            return True
        if notification.audience is Audience.THREAD and user and topic in WANT_A_DECISION:
            return request.state is not State.PENDING  # a mention calls people too
        if notification.audience is not Audience.PERSON or topic not in WANT_A_DECISION:
            return False
        if request.state is not State.PENDING:
            return True  # that is over
        if not await self.deciders.may_decide(request, user):
            return True  # it may have waited for hours since they were chosen
        if topic is not Topic.REMINDER:
            # A refused card may have asked those to whom the request escalates later.
            looks = again or topic is not Topic.ASKED
            await self._once(user, _mark(request, user), call(request), looks=looks)
        return topic is not Topic.REMINDER

    async def _redraw(self, request: Request, user: str, topic: Topic) -> None:
        """Draw what a person was told as the request is now."""
        mark, told = _drawn(request, user, topic)
        await self._replace(user, mark, self.rendered(user, told))

    async def _settled(self, request: Request, user: str) -> None:
        """Draw the messages with Collect as the request is now, to a person or in the thread."""
        card = Posted.parse(request.card)
        if user:
            await self._redraw(request, user, Topic.READY)
        elif card:
            said = render(notification_card(in_thread(request.id, Topic.READY), request))
            await self._replace(card.channel, collects(request.id), said, card.ts)

    async def settle(self, notification: Notification) -> None:
        """Draw the messages of credentials that no request led to: nothing is left to collect."""
        over, user = Settled.read(notification.text), notification.to
        drawn = self.rendered(user, of_no_request(notification))
        await self._replace(user, collects(over.pending_id, user), drawn)

    async def _replace(
        self, channel: str, mark: str, message: Message, thread: str | None = None
    ) -> None:
        """Replace each message with a mark; Slack may have lost them, one or all."""
        for there in await self._unless_lost(self.messenger.every(channel, mark, thread)) or []:
            await self._unless_lost(self.messenger.change(there, message))

    async def _unless_lost(self, call: Awaitable[T]) -> T | None:
        try:
            return await call
        except SlackError as error:
            if refusal_of(error.code, Audience.PERSON) is Refusal.LATER:
                raise
            return None

    async def ask(self, mark: str, request: Request, topic: Topic) -> None:
        """Ask directly while the channel refuses the card, and tell the requester so; once."""
        if mark in self._told:
            return
        user = request.terms.requester.user_id
        await self._once(user, f"{mark}:{user}:way", await self._asked(mark, request, topic))
        self._told.add(mark)

    async def _asked(self, mark: str, request: Request, topic: Topic) -> Card:
        heard = request.heard
        if request.approval.reach is Reach.DIRECT and (heard.chosen or heard.next_at):
            return told_of_calls(request)  # they get messages of their own
        people, reached = await self.deciders.reach(request), 0
        for user in people:
            try:
                once = _mark(request, user) if topic is Topic.ASKED else f"{mark}:{user}"
                await self._once(user, once, asked_directly(request))
                reached += 1
            except SlackError as error:
                if refusal_of(error.code, Audience.PERSON) is Refusal.LATER:
                    raise
        return told_of_the_way(request, reached)

    def rendered(self, user: str, told: Card) -> Message:
        """Draw a direct message in the person's language."""
        return render(told, (), self.language(user))

    def forget(self, mark: str) -> None:
        """Forget an item that is done."""
        self._told.discard(mark)

    async def place_gone(self, error: SlackError) -> None:
        """Note that the channel of approvals refuses, and tell security once an hour."""
        channel = self.channels.approvals
        self.channels.refuse(channel, error.code)
        mark = f"refused:{channel}:{datetime.now(UTC):%Y-%m-%dT%H}"
        if mark not in self._told:
            text = (
                f"The channel of approvals refuses Keysmith's messages ({error.code}):"
                f" {remedy(error.code)}, or set another one. Until then those who may decide get"
                " each request as a direct message."
            )
            try:
                await self.security.tell(mark, text, again=True)
                self._told.add(mark)
            except (SlackError, StoreError) as unheard:  # tried again with the next refusal
                _log.error("security_not_told", reason=type(unheard).__name__)

    async def _once(self, user: str, mark: str, told: Card, *, looks: bool = True) -> None:
        if not looks or await self.messenger.find(user, mark) is None:
            await self.messenger.send(user, self.rendered(user, told), mark=mark)
        self.channels.took(user)


def _mark(request: Request, user: str) -> str:
    return f"{request.id}:{user}"


def _drawn(request: Request, user: str, topic: Topic) -> tuple[str, Card]:
    """The mark of a message that is drawn again later, and the message as the request is now."""
    if topic is not Topic.READY:
        return _mark(request, user), call(request)
    ready = to_person(request.id, topic, user)
    return collects(request.id, user), notification_card(ready, request)
