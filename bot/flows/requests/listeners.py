"""Finds those who may decide on a request now, so that they can be told of it.

The people are read as for the count of approvers, which binds no one to a Cloudinary user.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.delegations import Delegation
from bot.domain.requests.hours import Listener
from bot.domain.requests.machine import Request
from bot.flows.request_ports import Delegations
from bot.flows.requests.approvers import Approvers, Known
from bot.flows.requests.candidates import Able, Search


@dataclass(frozen=True)
class Listeners:
    """Finds people by their right to decide, or by their Slack ids."""

    approvers: Approvers
    delegations: Delegations

    async def possible(self, request: Request, now: datetime) -> list[Listener]:
        """Find those who may decide, each with their delegate."""
        count = await self.approvers.count(request)
        own = {request.terms.requester.user_id, request.terms.owner.user_id}
        delegates = {
            each.by.user_id: each.to.user_id
            for each in await self.delegations.current(now)
            if each.to and each.to.user_id not in own
        }
        return [
            replace(_listener(each), delegate=delegates.get(each.user_id, ""))
            for each in count.able
            if _may_decide_now(each, request, now)
        ]

    async def present(
        self, request: Request, users: Collection[str], now: datetime
    ) -> list[Listener]:
        """Read again who of these may decide now, in their own name or as a delegate."""
        delegations = await self.delegations.current(now)
        principals = {it.by.user_id for it in delegations if it.to and it.to.user_id in users}
        search, found = await self.approvers.known(request, {*users, *principals})
        known = {each.person.actor.user_id: each for each in found}
        able = [
            replace(voter, zone=one.profile.zone, offset=one.profile.offset)
            for one in found
            if one.person.actor.user_id in users
            and (voter := _voter(search, one, known, delegations)) is not None
        ]
        return [_listener(each) for each in able if _may_decide_now(each, request, now)]


def _voter(
    search: Search, one: Known, known: dict[str, Known], delegations: Collection[Delegation]
) -> Able | None:
    """A person whose vote would count, with their own names or those of whom they decide for."""
    terms, asker = search.request.terms, search.request.asker
    if any(it.is_to(one.person) and it.is_of(terms, asker) for it in delegations):
        return None
    if able := search.able(one.person):
        return able
    for each in delegations:
        principal = known.get(each.by.user_id)
        if each.to != one.person.actor or principal is None:
            continue
        lender = search.able(principal.person)
        if lender and each.is_between(principal.person, one.person):
            return search.able(one.person, lender.held)
    return None


def _may_decide_now(able: Able, request: Request, now: datetime) -> bool:
    """Whether they may decide already, and not only once the request has waited longer."""
    return all(able.held & names for names in request.approval.open_to(now - request.asked_at))


def _listener(able: Able) -> Listener:
    return Listener(able.user_id, able.held, able.zone, able.offset)
