"""The stored form of a notification."""

from typing import Final

from bot.adapters.redis.records import PLAIN, Form, Record
from bot.domain.requests.notifications import Audience, Notification, Topic

NOTIFICATION: Final = Record(
    Notification,
    PLAIN("to", "by", "text", "on_behalf_of", request="request_id"),
    Form(str, Audience)("audience"),
    Form(str, Topic)("topic"),
    required="to by text",
)
