"""Offers in memory: the port `Offers`."""

from collections.abc import Sequence

from bot.domain.offers import Offer


class FakeOffers:
    """Keeps every offer."""

    def __init__(self) -> None:
        self.kept: dict[str, Offer] = {}

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep offers; gives the id of each."""
        ids = [f"o{len(self.kept) + number}" for number, _ in enumerate(offers)]
        self.kept |= dict(zip(ids, offers, strict=True))
        return ids

    async def find(self, offer_id: str) -> Offer | None:
        """Find an offer."""
        return self.kept.get(offer_id)
