"""Lists requests for one person, newest first and in pages."""

from dataclasses import dataclass

from bot.domain.commands.requests import WHICH
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed, WhichRequest
from bot.domain.people import Person
from bot.domain.requests.machine import Request
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility
from bot.flows.requests.lookup import RequestLookup
from bot.flows.requests.open import LOOKED_AT

SHOWN = 10
"""Requests on a page: as many as fit on a phone."""


@dataclass(frozen=True)
class RequestLister:
    """Lists requests for one person."""

    requests: Requests
    eligibility: Eligibility
    lookup: RequestLookup

    async def listed(
        self, person: Person, which: str | None, page: int = 0
    ) -> RequestsListed | RequestShown | WhichRequest | NoSuchRequest:
        """Read a page of one list, or the request whose id is `which`."""
        which = which or WHICH[0]
        if which in WHICH:
            return await self.some(person, which, page)
        found = await self.lookup.seen(person, which)
        return RequestShown(found) if isinstance(found, Request) else found

    async def some(self, person: Person, which: str, page: int = 0) -> RequestsListed:
        """Read a page of one list, which is one of `WHICH`; one beyond the last is the last."""
        found = await self._all(person, which)
        pages = max(1, -(-len(found) // SHOWN))
        page = min(page, pages - 1)
        shown = tuple(found[page * SHOWN : (page + 1) * SHOWN])
        return RequestsListed(which, shown, more=page + 1 < pages, page=page, pages=pages)

    async def _all(self, person: Person, which: str) -> list[Request]:
        """Read the newest of a list; what is older costs nothing, however much there is."""
        if which == "mine":
            return await self.requests.opened_by(person.actor, LOOKED_AT)
        read = list[Request]()
        if which != "closed":
            read += await self.requests.pending(LOOKED_AT)
        if which == "pending":
            return await self.eligibility.waiting(person, read)
        if which != "open":
            own = await self.requests.opened_by(person.actor, LOOKED_AT)
            read += await self.requests.closed(LOOKED_AT)
            read += [each for each in own if which == "all" or not each.waits]
        distinct = {each.id: each for each in read}.values()
        newest = sorted(distinct, key=lambda it: (it.asked_at, it.id), reverse=True)
        return (await self.eligibility.concerning(person, newest))[:LOOKED_AT]
