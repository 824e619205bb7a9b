"""From a delivery to intake: who runs which command, answered in time whatever fails behind it."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.domain.outcomes.general import Failed, NotOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.correlation import current_id
from bot.flows.intake import Accepted, Delivery, Intake, Receipt, Repeated
from handlers.faults import failed
from handlers.ports import Offers
from handlers.seeing import Seeing

PATIENCE: Final = 1.2
"""Seconds that one step waits for Redis; two steps fit into Slack's limit of three seconds."""


@dataclass(frozen=True)
class Submitter:
    """Hands commands to intake; commands, buttons, forms and shortcuts share it."""

    intake: Intake
    offers: Offers
    seeing: Seeing

    async def submit(self, delivery: Delivery) -> Outcome | None:
        """Submit a command; None where a job sends the outcome, or has sent it before."""
        delivery = replace(delivery, id=current_id(), trace=self.seeing.tracer.here())
        try:
            async with asyncio.timeout(PATIENCE):
                receipt = await self.intake.accept(delivery)
        except Exception as error:  # noqa: BLE001  # the person gets an answer whatever failed
            self.seeing.metrics.commands.labels("failed").inc()
            return failed(error)
        self.seeing.metrics.commands.labels(_receipt(receipt)).inc()
        return None if isinstance(receipt, Accepted | Repeated) else receipt

    async def submit_offer(
        self, offer_id: str, actor: Actor, reply: Reply, delivery: str
    ) -> Outcome | None:
        """Submit the command of an offer that was made to this actor.

        The question over a form stays until its answer comes, so it may be pressed twice by then.
        """
        offer = await self.find_offer(offer_id, actor)
        if not isinstance(offer, Offer):
            return offer
        pressed = Delivery(actor, offer.text, reply, delivery, offer.page or 0)
        once = f"offer:{offer_id}" if offer.suspect and reply.view_id else ""
        return await self.submit(replace(pressed, canonical=True, checked=True, once=once))

    async def find_offer(self, offer_id: str, actor: Actor) -> Offer | NotOffered | Failed:
        """Find an offer; another person's offer is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                offer = await self.offers.find(offer_id)
        except (StoreError, TimeoutError) as error:
            return failed(error)
        return offer if offer and offer.actor == actor else NotOffered()


def _receipt(receipt: Receipt) -> str:
    match receipt:
        case Accepted():
            return "accepted"
        case Repeated():
            return "repeated"
        case _:
            return "answered"
