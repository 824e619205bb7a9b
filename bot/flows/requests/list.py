"""Lists requests: a person's own, those that wait for their vote, or all that wait."""

from dataclasses import dataclass

from bot.domain.commands.requests import WHICH
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.people import Person
from bot.domain.requests.machine import Request
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility
from bot.flows.requests.open import LOOKED_AT

SHOWN = 10
"""Requests in a list: as many as fit on a phone."""


@dataclass(frozen=True)
class RequestLister:
    """Lists requests for one person."""

    requests: Requests
    eligibility: Eligibility

    async def listed(
        self, person: Person, which: str | None
    ) -> RequestsListed | RequestShown | NoSuchRequest:
        """Read one list, or the request whose id is `which`."""
        which = which or WHICH[0]
        if which in WHICH:
            return await self.some(person, which)
        request = await self.requests.load(which)
        if request is None or not await self._may_see(person, request):
            return NoSuchRequest(which)
        return RequestShown(request)

    async def _may_see(self, person: Person, request: Request) -> bool:
        """Whether it concerns them, or has their vote or review: its reason is not for all."""
        votes = (*request.current_votes, request.review)
        voted = any(vote.by == person.actor for vote in votes if vote)
        return voted or bool(await self.eligibility.concerning(person, [request]))

    async def some(self, person: Person, which: str) -> RequestsListed:
        """Read the first requests of one list, which is one of `WHICH`."""
        if which == WHICH[0]:
            found = await self.requests.opened_by(person.actor, SHOWN + 1)
        else:
            pending = await self.requests.pending(LOOKED_AT)
            mine = which == WHICH[1]
            chosen = self.eligibility.waiting if mine else self.eligibility.concerning
            found = await chosen(person, pending)
        return RequestsListed(which, tuple(found[:SHOWN]), more=len(found) > SHOWN)
