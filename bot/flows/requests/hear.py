"""Lets those who may decide hear of a request: it is stored who, and each is told once."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.policy import Reach
from bot.domain.requests.hearing import choose, is_flood, remind, tell
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, in_thread, to_person
from bot.flows.lookup_cache import NotAsked
from bot.flows.ports import Clock
from bot.flows.request_ports import Notifications, Requests
from bot.flows.requests.listeners import Listeners

RECENT: Final = 50
"""The requester's newest requests, of which those of an hour are counted."""


@dataclass(frozen=True)
class Hearer:
    """Chooses who hears of a request, and tells them."""

    listeners: Listeners
    requests: Requests
    clock: Clock

    async def tell(
        self, request: Request, topic: Topic = Topic.ASKED, *, more: bool = False
    ) -> tuple[Request, Notifications]:
        """Tell those who hear of the request now; `more` chooses further people."""
        now = self.clock.now()
        if more or not request.heard.chosen:
            request = await self._choose(request, now)
        heard, told = tell(
            request, await self.listeners.present(request, request.heard.chosen, now), now
        )
        return replace(request, heard=heard), _notifications(request, topic, told)

    async def remind(self, request: Request) -> Notifications:
        """Remind those who heard of the request."""
        now, told = self.clock.now(), request.heard.told
        users = (
            remind(request, await self.listeners.present(request, told, now), now) if told else ()
        )
        return _notifications(request, Topic.REMINDER, users)

    async def reach(self, request: Request) -> list[str]:
        """Slack ids of some people who may decide, those first whom the request needs most."""
        return await self.listeners.approvers.reach(request)

    async def may_decide(self, request: Request, user: str) -> bool:
        """Whether this person may decide now; yes where too many were looked up lately."""
        try:
            return bool(await self.listeners.present(request, (user,), self.clock.now()))
        except NotAsked:
            return True

    async def _choose(self, request: Request, now: datetime) -> Request:
        if is_flood(request, await self.requests.opened_by(request.terms.requester, RECENT)):
            return request
        return choose(request, await self.listeners.possible(request, now), now)


def _notifications(request: Request, topic: Topic, users: Collection[str]) -> Notifications:
    """Tell these people in the way of the rule; reminders and escalations are in the thread too."""
    mentioned = ",".join(users) if request.approval.reach is Reach.MENTION else ""
    thread = in_thread(request.id, topic, to=mentioned)
    direct = users if request.approval.reach is Reach.DIRECT else ()
    threads = (thread,) if mentioned or topic is not Topic.ASKED else ()
    return (*threads, *(to_person(request.id, topic, user) for user in direct))
