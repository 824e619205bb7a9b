"""Kinds of deliveries to the bot, and the bot's acknowledgements (acks)."""

import json
from dataclasses import dataclass
from enum import StrEnum

from sandbox.slack.payload import Payload


class Kind(StrEnum):
    """Kinds of deliveries; the values are Socket Mode's envelope types."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


class Delivered(StrEnum):
    """How a delivery ended; the values are the errors that Slack shows."""

    OK = "ok"
    TIMEOUT = "operation_timeout"
    FAILED = "dispatch_failed"
    NOT_SENT = "not_sent"  # Slack itself did not deliver it


class Reason(StrEnum):
    """Why a delivery failed, as in `X-Slack-Retry-Reason` (docs.slack.dev/apis/events-api)."""

    HTTP_TIMEOUT = "http_timeout"
    HTTP_ERROR = "http_error"
    CONNECTION_FAILED = "connection_failed"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    SSL_ERROR = "ssl_error"
    UNKNOWN_ERROR = "unknown_error"


@dataclass(frozen=True)
class Retry:
    """The number of an attempt after the first one, and why the previous one failed."""

    number: int
    reason: Reason

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an HTTP delivery."""
        return {"X-Slack-Retry-Num": str(self.number), "X-Slack-Retry-Reason": self.reason}

    @property
    def fields(self) -> Payload:
        """The fields of a Socket Mode envelope, where the only failure is a timeout."""
        return {"retry_attempt": self.number, "retry_reason": "timeout"}


@dataclass(frozen=True)
class Ack:
    """The bot's answer to a delivery; `status` is None without an HTTP answer."""

    delivered: Delivered
    status: int | None = None
    elapsed_ms: float = 0.0
    text: str = ""
    content_type: str = ""
    no_retry: bool = False
    reason: Reason = Reason.UNKNOWN_ERROR

    @property
    def body(self) -> object:
        """The JSON in the answer, or its text."""
        if self.content_type != "application/json":
            return self.text
        try:
            parsed: object = json.loads(self.text)
        except ValueError:
            return self.text
        return parsed

    def summary(self) -> Payload:
        """The ack as the control surface gives it."""
        return {
            "delivered": str(self.delivered),
            "status": self.status,
            "elapsed_ms": self.elapsed_ms,
        }


NOT_SENT = Ack(Delivered.NOT_SENT)
"""The ack of a delivery that Slack itself did not send."""
