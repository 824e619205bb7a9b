"""Notifications: what Slack shows because a request changed, stored with that change."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self


class Audience(StrEnum):
    """Where a notification goes."""

    CARD = "card"
    THREAD = "thread"
    PERSON = "person"
    SECURITY = "security"


class Topic(StrEnum):
    """What a notification is about; the values are stored words."""

    ASKED = "asked"
    VOTED_FOR = "agreed"
    VOTED_AGAINST = "objected"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOID = "void"
    DONE = "done"
    FAILED = "failed"
    READY = "ready"
    CLAIMED = "claimed"
    LAPSED = "lapsed"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    EMERGENCY = "emergency"
    REVIEW_REMINDER = "nag"
    REVIEWED = "reviewed"
    RENEWED = "renewed"
    SOAKING = "soaking"
    DELETED = "deleted"
    RESTORED = "restored"
    QUESTION = "question"
    ENDING = "ending"
    ENDED = "ended"
    HELD = "held"
    PROGRESS = "progress"
    LEFT = "left"
    LEAK = "leak"
    OWNER = "owner"
    BROWNOUT = "brownout"
    BROWNOUT_BEGUN = "brownout_begun"
    BROWNOUT_LATE = "brownout_late"
    BROWNOUT_OVER = "brownout_over"
    BROWNOUT_REPORT = "brownout_report"
    DRIFT = "drift"
    ORPHANS = "orphans"
    ROTATION = "rotation"
    REVIEW = "review"
    ROTATION_DUE = "rotation_due"
    STRANGER = "stranger"
    RECEIPT = "receipt"
    LINK_ENDED = "link_ended"
    STRANGERS = "strangers"
    VISITS = "visits"
    SHUT = "shut"
    SETTLED = "settled"


JOINED: Final = "also"
"""After the key of a message about owners: its person is a co-owner now."""
GONE: Final = "gone"
"""Likewise: its person is a co-owner no more."""
MANY: Final = "many"
"""In place of the key: how many keys its person owns by one act follows."""


@dataclass(frozen=True)
class Notification:
    """One message. `to`, `by` and `on_behalf_of` are Slack user ids, `text` is what `by` typed.

    One in a THREAD mentions the users in `to`, which commas separate.
    One for the CARD has no text of its own: the card shows the request as it is stored; with `to`
    it is the card that this person got as a direct message. With PROGRESS,
    `request_id` is the id of a bulk act, which its person follows in one direct message. One
    without a request tells `to` of the lost command in `text` that a recovery closed, or with LEFT
    tells security that `to` left Slack. With LEAK, `text` is the API key of an incident and what
    of it is told. With OWNER it tells `to` whose the key in `text` is now, or that they are its
    co-owner, or none; with DRIFT it tells security, or `to`, how the keys in `text` changed; with
    ORPHANS which ones have no owner; with ROTATION_DUE that the key in `text` is to be rotated, or
    why its schedule stands still. With REVIEW, `text` is the id of an access review, what of it is
    told, how many keys, and its end. With STRANGER, `by` signed in for a link of `to`;
    with STRANGERS further people did, who are not told of one by one; with RECEIPT the link of
    `to` in `text` was opened; with LINK_ENDED `by`, or Keysmith, ended it, with SHUT wrong
    passphrases did; with SETTLED nothing of the request, or of `text`, is left to collect, which
    the messages with its Collect then say. With VISITS, `text` has the figures of visits that
    opened no link.
    """

    request_id: str
    audience: Audience
    topic: Topic
    to: str = ""
    by: str = ""
    text: str = ""
    on_behalf_of: str = ""

    @property
    def lane(self) -> str:
        """What keeps its order: the messages of one conversation, the updates of one card.

        Slack slows down each conversation by itself, and updates by another limit. An update of a
        person's message comes behind it all the same: Slack may not have taken it yet.
        """
        if self.topic is Topic.LEAK and self.audience is Audience.SECURITY:
            return f"leak {self.text.partition(' ')[0]}"
        if self.audience is Audience.PERSON or (self.audience is Audience.CARD and self.to):
            return f"person {self.to}"
        if self.audience is Audience.CARD and self.topic is not Topic.ASKED:
            return f"card {self.request_id}"
        return "approvals"


Told = tuple[Notification, ...]
"""What one step queues."""


def redraw(request_id: str, topic: Topic, to: str = "") -> Notification:
    """Post the card, or update it; `to` updates the one in this person's direct messages."""
    return Notification(request_id, Audience.CARD, topic, to)


def nothing_left(request_id: str, owner: str) -> Told:
    """Have the messages with Collect, in the thread and to the owner, say that it is over.

    Each goes the way of its message, and so behind it, however slowly Slack takes that one.
    """
    return in_thread(request_id, Topic.SETTLED), to_person(request_id, Topic.SETTLED, owner)


def in_thread(
    request_id: str, topic: Topic, *, to: str = "", by: str = "", text: str = ""
) -> Notification:
    """Post in the card's thread."""
    return Notification(request_id, Audience.THREAD, topic, to, by, text)


def to_person(
    request_id: str, topic: Topic, to: str, *, by: str = "", text: str = ""
) -> Notification:
    """Send a direct message."""
    return Notification(request_id, Audience.PERSON, topic, to, by, text)


def to_security(request_id: str, topic: Topic, *, by: str = "", text: str = "") -> Notification:
    """Post in the security channel."""
    return Notification(request_id, Audience.SECURITY, topic, by=by, text=text)


def leak_to_security(api_key: str, moment: str) -> Notification:
    """Draw an incident in the security channel, and tell what happened in its thread."""
    return Notification("", Audience.SECURITY, Topic.LEAK, text=f"{api_key} {moment}")


def leak_to_person(api_key: str, moment: str, to: str) -> Notification:
    """Tell a person of an incident by a direct message."""
    return Notification("", Audience.PERSON, Topic.LEAK, to=to, text=f"{api_key} {moment}")


def review_to_person(
    review_id: str, news: str, count: int, until: datetime, *, to: str
) -> Notification:
    """Tell a person of an access review by a direct message."""
    text = f"{review_id} {news} {count} {until.isoformat()}"
    return Notification("", Audience.PERSON, Topic.REVIEW, to=to, text=text)


def review_to_security(review_id: str, news: str, count: int, until: datetime) -> Notification:
    """Tell security of an access review."""
    text = f"{review_id} {news} {count} {until.isoformat()}"
    return Notification("", Audience.SECURITY, Topic.REVIEW, text=text)


def collects(request_id: str, user: str = "") -> str:
    """Give the mark of a message with Collect: to a person, or else in the thread of a request.

    Further ones begin with it and a colon, so that all are found once nothing is left to collect.
    """
    return f"{request_id}:{user}:ready" if user else f"{request_id}:ready"


def announce(request_id: str, topic: Topic, *, to: str) -> tuple[Notification, ...]:
    """Update the card, post in its thread, and send a direct message."""
    return (
        redraw(request_id, topic),
        in_thread(request_id, topic),
        to_person(request_id, topic, to),
    )


@dataclass(frozen=True)
class Hearing:
    """Who is `chosen` to hear of a request, and whom of them Keysmith told, by Slack user id.

    `next_at` is when it tells the next ones.
    """

    chosen: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    next_at: datetime | None = None


@dataclass(frozen=True)
class Posted:
    """The place of a message at Slack."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of `str()`; None for an empty text."""
        channel, _, ts = text.partition(":")
        return cls(channel, ts) if ts else None
