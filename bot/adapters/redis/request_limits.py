"""What a new request adds to its requester's limits, and whether one of them is reached."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.tallies import Tallies, Tally
from bot.domain.requests.limits import WEEK
from bot.domain.requests.machine import Request, State
from bot.domain.requests.repeats import asks_for_same
from bot.flows.request_ports import Opening

COUNTED_IN: Final = frozenset({State.PENDING, State.APPROVED})
"""States from which a request waits, or may wait again once a vote is withdrawn."""


class RequestLimits:
    """The limits of every person; `readable` reads a request, or None for one that can't be."""

    def __init__(
        self, tallies: Tallies, readable: Callable[[str], Awaitable[Request | None]]
    ) -> None:
        self._tallies = tallies
        self._readable = readable

    async def spends(
        self, request: Request, budgets: Sequence[str], *, once: bool
    ) -> list[Tally] | Request | Opening:
        """Add the request to what counts toward its limits.

        Answers which limit is reached, or with `once` the request that waits for the same thing.
        """
        added = list[Tally]()
        for rule in budgets:
            budget = await self._budget(request, rule)
            if budget is None:
                return Opening.SPENT
            added.append(budget)
        if request.state is State.PENDING:
            waiting = await self._waiting(request, once=once)
            if not isinstance(waiting, Tally):
                return waiting or Opening.TOO_MANY
            added.append(waiting)
        return added

    async def _budget(self, request: Request, rule: str) -> Tally | None:
        by, until, auto = request.terms.requester, request.asked_at + WEEK, request.approval.auto
        tally = await self._tally(names.budget(by, rule), request, until)
        spent = auto is None or tally.used_up(len(tally.until), auto.each_week)
        return None if spent else tally.with_(request.id, until)

    async def _waiting(self, request: Request, *, once: bool) -> Tally | Request | None:
        """Count by each request's own record; one that can't be read waits."""
        by, until = request.terms.requester, request.expires_at
        tally = await self._tally(names.waiting_of(by), request, until)
        found = {id_: await self._readable(id_) for id_ in tally.until}
        waiting = [it for it in found.values() if it is None or it.state is State.PENDING]
        same = next((it for it in waiting if once and it and asks_for_same(it, request)), None)
        if same or tally.used_up(len(waiting), request.approval.open_at_most):
            return same
        over = {id_ for id_, it in found.items() if it and it.state not in COUNTED_IN}
        return tally.without(over).with_(request.id, until)

    async def _tally(self, key: str, request: Request, until: datetime) -> Tally:
        found = await self._tallies.read(key, request.asked_at)
        return found or await self._tallies.replace_lost(key, request.asked_at, until)
