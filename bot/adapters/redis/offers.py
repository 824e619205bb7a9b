"""Offers in Redis."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.signed import Signed
from bot.adapters.redis.steps import expire
from bot.adapters.redis.store import Store
from bot.adapters.vault import FieldSealer
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.errors import SealError

OFFER_TTL: Final = 8 * 3600  # seconds that a button works: a working day
SUSPECT_TTL: Final = 600  # seconds that a text which looks like a secret is kept, and sealed


class RedisOffers:
    """The offers of every process that shares this Redis."""

    def __init__(self, store: Store, signed: Signed, sealer: FieldSealer) -> None:
        self._store = store
        self._signed = signed
        self._sealer = sealer

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep offers; returns an opaque id for each, in order."""
        return await asyncio.gather(*map(self._keep, offers))  # a list has dozens

    async def _keep(self, offer: Offer) -> str:
        offer_id = secrets.token_urlsafe(16)
        key, page = names.offer(offer_id), "" if offer.page is None else str(offer.page)
        fields = {"actor": str(offer.actor), "text": offer.text, "page": page}
        if offer.suspect:  # nothing that may be a secret is in Redis in the clear
            fields |= {"text": self._sealer.seal(offer.text), "suspect": "1"}
        ttl = SUSPECT_TTL if offer.suspect else OFFER_TTL
        await self._store.transact(self._signed.hset(key, fields), expire(key, ttl))
        return offer_id

    async def find(self, offer_id: str) -> Offer | None:
        """Look an offer up; None where it has expired, never existed, or is not believed."""
        found = await self._signed.find(names.offer(offer_id), marked=False)
        if not found:
            return None
        page = int(found["page"]) if found["page"] else None
        text, suspect = found["text"], found.get("suspect") == "1"
        if suspect:
            try:
                text = self._sealer.open(text)
            except SealError:
                return None
        return Offer(Actor.parse(found["actor"]), text, page, suspect)
