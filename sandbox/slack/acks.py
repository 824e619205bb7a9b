"""What is delivered to the bot, and how it ends."""

import json
from dataclasses import dataclass
from enum import StrEnum

from sandbox.slack.payload import Payload


class Kind(StrEnum):
    """What is delivered; the values are Socket Mode's envelope types."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


class Delivered(StrEnum):
    """How a delivery ended, in the words that Slack shows."""

    OK = "ok"
    TIMEOUT = "operation_timeout"
    FAILED = "dispatch_failed"
    NOT_SENT = "not_sent"  # Slack itself stopped it


class Reason(StrEnum):
    """Why it failed, in the words of `X-Slack-Retry-Reason` (docs.slack.dev/apis/events-api)."""

    HTTP_TIMEOUT = "http_timeout"
    HTTP_ERROR = "http_error"
    CONNECTION_FAILED = "connection_failed"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    SSL_ERROR = "ssl_error"
    UNKNOWN_ERROR = "unknown_error"


@dataclass(frozen=True)
class Retry:
    """Which attempt this is after the first, and why the one before failed."""

    number: int
    reason: Reason

    @property
    def headers(self) -> dict[str, str]:
        """How HTTP says it."""
        return {"X-Slack-Retry-Num": str(self.number), "X-Slack-Retry-Reason": self.reason}

    @property
    def fields(self) -> Payload:
        """How a Socket Mode envelope says it; nothing but silence fails there."""
        return {"retry_attempt": self.number, "retry_reason": "timeout"}


@dataclass(frozen=True)
class Ack:
    """The bot's answer to a delivery; `status` is None where HTTP gave none."""

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
        """What the control surface answers."""
        return {
            "delivered": str(self.delivered),
            "status": self.status,
            "elapsed_ms": self.elapsed_ms,
        }


NOT_SENT = Ack(Delivered.NOT_SENT)
"""What never left for the bot."""
