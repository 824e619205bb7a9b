"""Everything that the bot ever sent, and everything that was wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.slack.payload import Payload


@dataclass
class Journal:
    """Two lists for tests to read: `outbox` for leak searches, `violations` to be empty."""

    clock: Callable[[], float]
    outbox: list[Payload] = field(default_factory=list)
    violations: list[Payload] = field(default_factory=list)

    def sent(
        self, via: str, body: object, *, user: str | None = None, channel: str | None = None
    ) -> None:
        """Write down a payload, before anything is decided about it.

        `via` is a method's name, `response_url` or `ack`.
        """
        self.outbox.append(
            {"via": via, "user": user, "channel": channel, "body": body, "at": self.clock()}
        )

    def violated(self, via: str, error: str, messages: Iterable[str], body: object) -> None:
        """Write down a payload that Slack would refuse or dislike."""
        self.violations.append(
            {
                "via": via,
                "error": error,
                "messages": list(messages),
                "body": body,
                "at": self.clock(),
            }
        )

    def clear(self) -> None:
        """Forget both lists."""
        self.outbox.clear()
        self.violations.clear()
