"""Offers in Redis."""

import secrets
from collections.abc import Sequence
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.store import Store
from bot.domain.offers import Offer
from bot.domain.people import Actor

OFFER_TTL: Final = 8 * 3600
"""Seconds that a button works: a working day. An older one is answered, and says how to ask."""


class RedisOffers:
    """The offers of every process that shares this Redis."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep what these ask for; answers an opaque id for each, in order."""
        return [await self._keep(offer) for offer in offers]

    async def _keep(self, offer: Offer) -> str:
        offer_id = secrets.token_urlsafe(16)
        key = names.offer(offer_id)
        fields = ("actor", str(offer.actor), "text", offer.text, "page", _written(offer.page))
        await self._store.call("HSET", key, *fields)
        await self._store.call("EXPIRE", key, str(OFFER_TTL))
        return offer_id

    async def find(self, offer_id: str) -> Offer | None:
        """Look an offer up; None where its time is over or it never was."""
        found = await self._store.fields(names.offer(offer_id))
        if not found:
            return None
        return Offer(Actor.parse(found["actor"]), found["text"], _read(found["page"]))


def _written(page: int | None) -> str:
    return "" if page is None else str(page)


def _read(page: str) -> int | None:
    return int(page) if page else None
