"""Follows credentials that wait for their owner: their request moves once they are collected."""

from dataclasses import dataclass, replace

from bot.domain.pending import PendingState
from bot.domain.requests.deadlines import noticed
from bot.domain.requests.machine import Cause, Event, Request, State, move
from bot.domain.requests.notifications import Topic
from bot.flows.ports import Clock, PendingStore
from bot.flows.request_writer import RequestWriter, to_requester


@dataclass(frozen=True)
class Collections:
    """Moves requests by what became of their credentials."""

    writer: RequestWriter
    pending: PendingStore
    clock: Clock

    async def collected(self, request: Request) -> bool:
        """Whether the owner has the credentials of a request that says that they wait; moves it."""
        if request.state is not State.CLAIMABLE:
            return False
        pending = await self.pending.find_pending(request.id)
        if pending is None or pending.state is not PendingState.CLAIMED:
            return False
        await self.move(request, Event.CLAIM, Cause.OWNER, Topic.CLAIMED)
        return True

    async def move(self, request: Request, event: Event, cause: Cause, topic: Topic) -> None:
        """Write an event of the request, and tell its requester."""
        now = self.clock.now()
        moved = move(replace(request, noticed=0), event, cause, now).request
        after = noticed(moved, now)  # from here on, it counts warnings instead of reminders
        await self.writer.write(request, after, event, to_requester(request, topic))
