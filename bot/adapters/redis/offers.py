"""Offers in Redis."""

import secrets
from collections.abc import Sequence
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import expire
from bot.adapters.redis.store import Store
from bot.domain.offers import Offer
from bot.domain.people import Actor

OFFER_TTL: Final = 8 * 3600  # seconds that a button works: a working day


class RedisOffers:
    """The offers of every process that shares this Redis."""

    def __init__(self, store: Store, signed: Signed) -> None:
        self._store = store
        self._signed = signed

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep offers; returns an opaque id for each, in order."""
        return [await self._keep(offer) for offer in offers]

    async def _keep(self, offer: Offer) -> str:
        offer_id = secrets.token_urlsafe(16)
        key, page = names.offer(offer_id), "" if offer.page is None else str(offer.page)
        fields = {"actor": str(offer.actor), "text": offer.text, "page": page}
        await self._store.transact(self._signed.hset(key, fields), expire(key, OFFER_TTL))
        return offer_id

    async def find(self, offer_id: str) -> Offer | None:
        """Look an offer up; None where it has expired, never existed, or is not believed."""
        found = await self._signed.find(names.offer(offer_id), marked=False)
        if not found:
            return None
        page = int(found["page"]) if found["page"] else None
        return Offer(Actor.parse(found["actor"]), found["text"], page)
