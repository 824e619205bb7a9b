"""Messages that are about no request: who left, what changed at keys, which command was lost."""

from typing import Final

from bot.cards.access_reviews import review_told
from bot.cards.drift import drifted
from bot.cards.kit import Card
from bot.cards.link_receipts import nothing_left, receipt, shut
from bot.cards.link_strangers import stranger
from bot.cards.link_visits import many_visits
from bot.cards.live_links import link_ended
from bot.cards.notifications import lost_command
from bot.cards.offboard import left
from bot.cards.orphans import orphaned
from bot.cards.rotation_schedules import rotation_news
from bot.domain.drift_reports import DriftReport, OrphanReport
from bot.domain.link_receipts import Receipt, Settled, ShutReport
from bot.domain.link_visits import Figures
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.domain.rotation_schedules import RotationNews

OF_LINKS: Final = frozenset(
    {
        *(Topic.STRANGER, Topic.STRANGERS, Topic.VISITS, Topic.RECEIPT, Topic.SHUT),
        *(Topic.LINK_ENDED, Topic.SETTLED),
    }
)


def of_no_request(notification: Notification) -> Card:
    """Draw one. Raises `ValueError` or `KeyError` where another version wrote it."""
    match notification.topic:
        case Topic.LEFT:
            return left(notification.to)
        case Topic.DRIFT:
            owner = notification.audience is Audience.PERSON
            return drifted(DriftReport.read(notification.text), owner=owner)
        case _ if notification.topic in OF_LINKS:
            return _of_link(notification)
        case Topic.ORPHANS:
            return orphaned(OrphanReport.read(notification.text))
        case Topic.REVIEW:
            return review_told(notification)
        case Topic.ROTATION_DUE:
            return rotation_news(RotationNews.read(notification.text))
        case _:
            return lost_command(notification.text)


def _of_link(notification: Notification) -> Card:
    """Draw one about a link."""
    match notification.topic:
        case Topic.STRANGER | Topic.STRANGERS:
            return stranger(notification)
        case Topic.VISITS:
            return many_visits(Figures.read(notification.text))
        case Topic.RECEIPT:
            return receipt(Receipt.read(notification.text))
        case Topic.SHUT:
            return shut(ShutReport.read(notification.text))
        case Topic.SETTLED:
            return nothing_left(Settled.read(notification.text))
        case _:
            return link_ended(notification)
