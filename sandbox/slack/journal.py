"""A log of everything that the bot sent, and of everything that was wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.slack.payload import Payload


@dataclass
class Journal:
    """Two lists for tests: `outbox` to search for leaks, `violations` to expect empty."""

    clock: Callable[[], float]
    outbox: list[Payload] = field(default_factory=list)
    violations: list[Payload] = field(default_factory=list)

    def sent(
        self,
        via: str,
        body: object,
        *,
        user: str | None = None,
        channel: str | None = None,
        response_url: str | None = None,
    ) -> None:
        """Log a payload before it is checked.

        `via` is a method's name, `response_url` or `ack`; `response_url` is of the interaction that
        it answers.
        """
        about = {"user": user, "channel": channel, "response_url": response_url}
        self.outbox.append({"via": via, **about, "body": body, "at": self.clock()})

    def violated(self, via: str, error: str, messages: Iterable[str], body: object) -> None:
        """Log a payload that Slack would refuse or advises against."""
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
