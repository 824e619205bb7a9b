"""What is to be said at Slack because a request changed; kept with the change that caused it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Audience(StrEnum):
    """Who hears it: the card's channel, its thread, or one person."""

    CARD = "card"
    THREAD = "thread"
    PERSON = "person"
    SECURITY = "security"


class Topic(StrEnum):
    """What it is about."""

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


@dataclass(frozen=True)
class Notification:
    """One thing to say; a card says nothing of its own, it is drawn from the request as kept.

    `to` is the user id of whom it is for, `by` of who caused it, `text` what they typed.
    """

    request_id: str
    audience: Audience
    topic: Topic
    to: str = ""
    by: str = ""
    text: str = ""


def redraw(request_id: str, topic: Topic) -> Notification:
    """Post the card, or draw it anew."""
    return Notification(request_id, Audience.CARD, topic)


def in_thread(request_id: str, topic: Topic, *, by: str = "", text: str = "") -> Notification:
    """Say something under the card."""
    return Notification(request_id, Audience.THREAD, topic, by=by, text=text)


def to_person(
    request_id: str, topic: Topic, to: str, *, by: str = "", text: str = ""
) -> Notification:
    """Tell one person, by a direct message."""
    return Notification(request_id, Audience.PERSON, topic, to, by, text)


def to_security(request_id: str, topic: Topic, *, by: str = "", text: str = "") -> Notification:
    """Tell the security channel."""
    return Notification(request_id, Audience.SECURITY, topic, by=by, text=text)


def announce(request_id: str, topic: Topic, *, to: str) -> tuple[Notification, ...]:
    """Redraw the card, and tell its thread and one person."""
    return (
        redraw(request_id, topic),
        in_thread(request_id, topic),
        to_person(request_id, topic, to),
    )


@dataclass(frozen=True)
class Posted:
    """Where something stands at Slack."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str()` wrote; None for nothing."""
        channel, _, ts = text.partition(":")
        return cls(channel, ts) if ts else None
