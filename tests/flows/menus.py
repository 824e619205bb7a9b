"""The menus of forms, as a person types into them."""

import json
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.errors import StoreError
from handlers.gate import ACTOR
from handlers.options import Options
from handlers.seeing import Seeing
from handlers.submit import Submitter
from tests.fakes.answering import METRICS, AnsweringSlack
from tests.flows.harness import Harness, english


@dataclass
class Offered(AnsweringSlack):
    """Knows one offer, unless Redis is away."""

    offer: Offer | None = None
    gone: bool = False

    async def find(self, offer_id: str) -> Offer | None:
        """Give it."""
        if self.gone:
            raise StoreError("away")
        return self.offer if offer_id == "o1" else None


@dataclass
class Menus:
    """The menus of one form."""

    harness: Harness
    slack: Offered = field(default_factory=Offered)
    heading: str = ""
    """What stands above the options."""

    async def options(
        self, by: Actor, text: str, name: str, typed: str = "", *, offered: Actor | None = None
    ) -> list[Any]:
        """Type into the menu of a field, in the form of an incomplete command."""
        self.slack.offer = Offer(offered or by, text)
        submitter = Submitter(self.harness.flows.intake, self.slack, Seeing(METRICS))
        ack = AsyncAck()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        body: dict[str, object] = {
            "block_id": f"field:{name}",
            "value": typed,
            "view": {"private_metadata": "o1"},
        }
        options = Options(submitter, self.harness.flows.forms.choices, english)
        await options.suggest(ack, body, AsyncBoltContext({ACTOR: by}))
        assert ack.response
        answer = json.loads(ack.response.body)
        (group,) = answer.get("option_groups", [answer])
        self.heading = group.get("label", {}).get("text", "")
        found: list[Any] = group["options"]
        return found

    async def labels(self, by: Actor, text: str, name: str, typed: str = "") -> set[str]:
        """Do the same; gives what the person reads."""
        return {each["text"]["text"] for each in await self.options(by, text, name, typed)}
