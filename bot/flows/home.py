"""Reads what a person's App Home shows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.home import OFFERED, Home
from bot.domain.keys import Located
from bot.domain.people import Actor, TurnedAway
from bot.domain.requests.machine import Request
from bot.flows.authorize import Authorizer
from bot.flows.identity import People
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.role_book import RoleBook
from bot.flows.ports import PendingStore
from bot.flows.requests.list import SHOWN, RequestLister


@dataclass(frozen=True)
class HomeReader:
    """Reads App Home."""

    people: People
    lister: RequestLister
    pending: PendingStore
    keys: OwnKeys
    authorizer: Authorizer
    deletions: Deletions
    roles: RoleBook
    elsewhere: Callable[[Actor, bool], Awaitable[None]] | None = None
    """Has a worker draw the tab of a person who opened it or not; None where this process does."""

    async def of(self, actor: Actor) -> Home | TurnedAway:
        """Identify a person and read their requests and pending credentials."""
        who = await self.people.identify(actor, fresh=False)
        if isinstance(who, TurnedAway):
            return who
        waiting = await self.lister.some(who.person, "pending")
        own = await self.lister.some(who.person, "mine")
        pending = await self.pending.pending_of(actor)
        keys = await self.keys.of(actor)
        live = await self.roles.marked([here for here in keys if here.key.enabled][:SHOWN])
        deleted = await self._deleted(keys, own.requests)
        mine = (
            it.key.api_key for it in deleted if self.authorizer.offers.may_restore(who.person, it)
        )
        return Home(
            *(who.person, waiting.requests, own.requests, tuple(pending[:SHOWN]), live),
            offered=self.authorizer.offered(who, OFFERED),
            deletions=deleted,
            restorable=frozenset(mine),
            more_waiting=waiting.more,
            more_own=own.more,
        )

    async def _deleted(
        self, keys: Sequence[Located], requests: Sequence[Request]
    ) -> tuple[Located, ...]:
        """The person's keys, and those that they asked to delete, which are to be deleted."""
        own = [here for here in keys if not here.key.enabled]
        asked = await self.keys.at_cloudinary(
            {it.terms.key: it.terms.environment_id for it in requests if it.delete_at}
        )
        every = {here.key.api_key: here for here in (*own, *asked)}
        dated = await asyncio.gather(*map(self.deletions.dated, every.values()))
        return tuple(here for here in dated if here.deletes_at)[:SHOWN]
