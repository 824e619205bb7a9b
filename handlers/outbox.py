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
5. No item is dropped because Slack refuses it: it goes another way (`bot.domain.requests.ways`), or
   waits without a place. Those of one lane that follow an item which waits for Slack stay behind
   it; those that wait for a channel hold up no other. What this process can't read goes to another.

What a crash leaves
    before Slack's answer   An item; the next worker searches the mark, then posts if need be.
    before `place`          A card that the request does not know; the next worker finds its mark.
    before a redraw ends    A card of an older version; the item is run again and draws it.
    after the last call     An item whose message is posted; the next worker finds its mark.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Final, assert_never

import structlog

from bot.cards.kit import Message, render
from bot.cards.notifications import notification_card, short
from bot.cards.requests import posted
from bot.cards.unrequested import of_no_request
from bot.domain.live_links import LinkEnded
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification, Posted, Topic, collects
from bot.domain.requests.ways import Refusal, Way, refusal_of, way_of
from bot.errors import CloudinaryError, SlackAway, SlackError, StoreError, Unread
from bot.flows.correlation import about
from bot.flows.ports import Locks
from handlers.bulk_messages import BulkMessages
from handlers.channels import Channels, Ready, after
from handlers.direct import Direct
from handlers.incident_messages import IncidentMessages
from handlers.key_messages import KeyMessages
from handlers.metrics import Metrics
from handlers.ports import Messenger, RequestCards
from handlers.security import SecurityTeller

_log = structlog.get_logger("keysmith.outbox")

CARD_LOOKS: Final = 50
CARD_PAUSE: Final = 0.1
"""Seconds between two looks for the card of a thread: five seconds in all."""
HOLDS: Final = 10
"""Tries in which a refused message holds up its lane, six minutes: it may be the only one."""
TURN: Final = 0.2
"""Seconds between two looks at whether an item is the first of its lane."""


@dataclass(frozen=True)
class Outbox:
    """Posts one notification at a time."""

    messenger: Messenger
    requests: RequestCards
    channels: Channels
    locks: Locks
    security: SecurityTeller
    direct: Direct
    metrics: Metrics
    bulk: BulkMessages
    keys: KeyMessages
    leaks: IncidentMessages
    _lines: dict[str, list[str]] = field(default_factory=dict)
    """By lane, the marks of the items that wait, in their order."""
    _tries: dict[str, int] = field(default_factory=dict)

    async def __call__(self, mark: str, notification: Notification, *, again: bool) -> Ready | None:
        """Post a notification; `again` where a process that died may have posted it.

        Gives what tells when to run it again; None once it is done.
        """
        alone = notification.audience is Audience.SECURITY and notification.topic is not Topic.LEAK
        lane = f"security {mark}" if alone else notification.lane
        line = self._lines.setdefault(lane, [])
        if mark not in line:
            line.append(mark)
        if line[0] != mark:
            return partial(self._turn, lane, mark)
        again = again or mark in self._tries  # Slack may have posted it in spite of the error
        holds = False
        try:
            with about(notification.request_id):
                ready, holds = await self._try(mark, notification, again=again)
        finally:
            if not holds:
                line.remove(mark)
                if not line:
                    self._lines.pop(lane, None)
        if ready is None:
            self._tries.pop(mark, None)
            self.direct.forget(mark)
        return ready

    async def _turn(self, lane: str, mark: str) -> float:
        return 0.0 if self._lines.get(lane, [mark])[0] == mark else TURN

    async def _try(
        self, mark: str, notification: Notification, *, again: bool
    ) -> tuple[Ready | None, bool]:
        """Post it, or go another way; the second value is whether those behind it have to wait."""
        try:
            try:
                await self._send(mark, notification, again=again)
            except SlackError as error:
                if not notification.request_id:
                    self._unheard(notification, error)
                    return None, False
                ready = await self._other_way(mark, notification, error)
                if ready:
                    self._tries.setdefault(mark, 0)
                return ready, False
        except Unread:
            raise  # another process may be able to read the request
        except (StoreError, SlackError, CloudinaryError) as error:
            tries = self._tries[mark] = self._tries.get(mark, -1) + 1
            code = error.code if isinstance(error, SlackError) else type(error).__name__
            log = _log.warning if isinstance(error, SlackAway | StoreError) else _log.error
            log("notification_waits", code=code, topic=notification.topic, tries=tries + 1)
            self.metrics.retries.labels("notification").inc()
            passing = isinstance(error, SlackAway | StoreError)
            return after(tries), passing or tries < HOLDS
        return None, False

    def _unheard(self, notification: Notification, error: SlackError) -> None:
        """Give up where a person can't be reached; raises the refusal where only time helps."""
        audience, topic = notification.audience, notification.topic
        if way_of(refusal_of(error.code, audience), audience, topic, waits=False) is Way.AGAIN:
            raise error
        self.metrics.give_ups.labels("notification").inc()
        _log.warning("notification_given_up", code=error.code, user=notification.to)

    async def _other_way(
        self, mark: str, notification: Notification, error: SlackError
    ) -> Ready | None:
        """Take the way of a refused notification; raises the refusal where only time helps."""
        request = await self.requests.load(notification.request_id)
        if request is None:
            return None
        audience, topic = notification.audience, notification.topic
        refusal = refusal_of(error.code, audience)
        waits = request.state is State.PENDING or request.unreviewed
        way = way_of(refusal, audience, topic, waits=waits)
        _log.warning("notification_goes_another_way", code=error.code, topic=topic, way=way.name)
        if refusal is Refusal.PLACE and audience is not Audience.SECURITY:
            await self.direct.place_gone(error)
        match way:
            case Way.AGAIN:
                raise error
            case Way.TOLD:
                self.metrics.give_ups.labels("notification").inc()
                return None
            case Way.PLACE:
                card = Posted.parse(request.card)
                return self.channels.working(card.channel) if card else None
            case Way.APPROVERS:
                await self.direct.ask(mark, request, topic)
                asked = topic is Topic.ASKED
                return self.channels.working(self.channels.approvals) if asked else None
            case Way.ANEW:
                await self._post_card(request, again=True, replacing=True)
                return None
            case Way.SHORT:
                if audience is Audience.SECURITY:
                    await self.security.tell_card(mark, short(request), again=True)
                else:
                    channel = notification.to or self.channels.approvals
                    await self._once(channel, mark, render(short(request)), again=True)
                return None
            case _:
                assert_never(way)

    async def _send(self, mark: str, notification: Notification, *, again: bool) -> None:
        if not notification.request_id:
            await self._of_no_request(mark, notification, again=again)
            return
        if notification.topic is Topic.PROGRESS:
            await self.bulk.draw(notification.request_id)
            return
        request = await self.requests.load(notification.request_id)
        if request is None:
            return
        if await self.direct.takes(notification, request, again=again):
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
                mark = collects(request.id) if notification.topic is Topic.READY else mark
            case Audience.SECURITY:
                told = notification_card(notification, request)
                await self.security.tell_card(mark, told, again=again)
                return
            case Audience.PERSON:
                pass
            case _:
                assert_never(notification.audience)
        told = notification_card(notification, request)
        directly = notification.audience is Audience.PERSON
        message = self.direct.rendered(notification.to, told) if directly else render(told)
        await self._once(channel, mark, message, again=again, thread=thread)

    async def _of_no_request(self, mark: str, notification: Notification, *, again: bool) -> None:
        if notification.topic is Topic.LEAK:
            await self.leaks.send(mark, notification, again=again)
            return
        if notification.audience is Audience.SECURITY:
            await self.security.tell_card(mark, of_no_request(notification), again=again)
            return
        message: Message | None
        if notification.topic is Topic.SETTLED:
            await self.direct.settle(notification)
            return
        if notification.topic is Topic.LINK_ENDED:
            ended = LinkEnded.read(notification.text)
            mark = f"{collects(ended.pending_id, notification.to)}:{mark}"
        if notification.topic in {Topic.OWNER, Topic.ROTATION_DUE}:
            message = await self.keys.draw(notification)
        else:
            message = self.direct.rendered(notification.to, of_no_request(notification))
        if message:
            await self._once(notification.to, mark, message, again=again)

    async def _post_card(self, request: Request, *, again: bool, replacing: bool = False) -> Posted:
        """Post the card unless it is posted, and draw what changed in the meantime.

        `replacing` posts another one, since the stored one is deleted.
        """
        async with self.locks.hold(f"card:{request.id}"):
            request = await self.requests.load(request.id) or request
            there = None if replacing else Posted.parse(request.card)
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
        there = found or await self.messenger.send(channel, message, mark=mark, thread=thread)
        self.channels.took(channel)
        return there

    async def _card(self, request: Request) -> Posted:
        """Find the card; another worker may be posting it, so wait a little before posting it."""
        for _ in range(CARD_LOOKS):
            current = await self.requests.load(request.id)
            there = Posted.parse(current.card) if current else None
            if there:
                return there
            if self.channels.refuses(self.channels.approvals):
                break
            await asyncio.sleep(CARD_PAUSE)
        return await self._post_card(request, again=True)
