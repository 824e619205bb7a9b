"""From a delivery to the intake: who asks for what, answered in time whatever happens behind it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.general import Failed, NotOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.intake import Accepted, Delivery, Intake, Repeated
from handlers.faults import failed
from handlers.gate import Body
from handlers.ports import Offers

PATIENCE: Final = 1.2
"""Seconds that one step waits for Redis; two steps fit into the three that Slack waits."""


@dataclass(frozen=True)
class Submissions:
    """What all surfaces share: one way to the intake."""

    intake: Intake
    offers: Offers

    async def text(self, asked: Delivery) -> Outcome | None:
        """Ask for a command; None where the answer follows, or was given before."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(asked)
        except Exception as error:  # noqa: BLE001  # whatever it is, the person gets words
            return failed(error)

    async def offer(
        self, offer_id: str, actor: Actor, reply: Reply, delivery: str
    ) -> Outcome | None:
        """Ask for what was offered to this very person; the card itself says nothing."""
        offer = await self.offered(offer_id, actor)
        if not isinstance(offer, Offer):
            return offer
        page = offer.page or 0
        return await self.text(Delivery(actor, offer.text, reply, delivery, page, canonical=True))

    async def offered(self, offer_id: str, actor: Actor) -> Offer | NotOffered | Failed:
        """The offer, where it is still kept and was made to this person."""
        try:
            async with asyncio.timeout(PATIENCE):
                offer = await self.offers.find(offer_id)
        except (StoreError, TimeoutError) as error:
            return failed(error)
        return offer if offer and offer.actor == actor else NotOffered()

    async def _ask(self, asked: Delivery) -> Outcome | None:
        receipt = await self.intake.accept(asked)
        return None if isinstance(receipt, Accepted | Repeated) else receipt


def actor_of(body: Body) -> Actor:
    """Who acts. Of a press, the person's own team; a command is typed in one's own."""
    user = body.get("user")
    if isinstance(user, Mapping):
        team = user.get("team_id") or _id(body.get("team"))
        return Actor(str(team), str(user.get("id", "")), _id(body.get("enterprise")))
    enterprise = str(body.get("enterprise_id") or "") or None
    return Actor(str(body.get("team_id", "")), str(body.get("user_id", "")), enterprise)


def _id(place: object) -> str | None:
    return str(place["id"]) if isinstance(place, Mapping) and place.get("id") else None
