"""Direct messages to the owners of keys: drawn from the stored record, posted once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.cards.key_records import told_co_owner, told_owner, told_owner_of_many
from bot.cards.kit import Card, Message, offering, render
from bot.cards.rotation_schedules import rotation_news
from bot.domain.key_records import KeyRecord
from bot.domain.languages import Language
from bot.domain.offers import Offer
from bot.domain.pending import OwnKey
from bot.domain.people import Actor
from bot.domain.requests.notifications import JOINED, MANY, Notification, Topic
from bot.domain.rotation_schedules import RotationNews
from handlers.ports import Offers


class Records(Protocol):
    """The records of keys. May raise `StoreError`."""

    async def find(self, api_key: str) -> KeyRecord | None:
        """Read a key's record."""


class Owners(Protocol):
    """Whose keys are. May raise `StoreError`."""

    async def owner_of(self, api_key: str) -> OwnKey | None:
        """Read whose key it is."""


@dataclass(frozen=True)
class KeyMessages:
    """Draws what an owner is told about a key."""

    records: Records
    owners: Owners
    offers: Offers
    language: Callable[[str], Language]
    """By the id of a user."""

    async def draw(self, notification: Notification) -> Message | None:
        """Draw one; None for a key that has no record. May raise `StoreError`."""
        if notification.topic is Topic.ROTATION_DUE:
            news = RotationNews.read(notification.text)
            return await self._offered(rotation_news(news), Actor.parse(news.to), notification.to)
        api_key, _, what = notification.text.partition(" ")
        if api_key == MANY:
            drawn = told_owner_of_many(int(what), by=notification.by)
            return render(drawn, (), self.language(notification.to))
        record = await self.records.find(api_key)
        if record is None:
            return None
        if what:
            drawn = told_co_owner(record, by=notification.by, joined=what == JOINED)
            return render(drawn, (), self.language(notification.to))
        own, to = await self.owners.owner_of(record.api_key), notification.to
        owner = own.owner if own else None
        return await self._offered(told_owner(record, owner, to=to, by=notification.by), owner, to)

    async def _offered(self, drawn: Card, owner: Actor | None, to: str) -> Message:
        pressed = offering([drawn]) if owner else []  # no one else has a button
        offers = [Offer(owner, each.command, each.page) for each in pressed if owner]
        return render(drawn, await self.offers.make(offers), self.language(to))
