"""Slack's error answers."""

from collections.abc import Iterable

from sandbox.slack.payload import Payload

OK = 200
TOO_MANY_REQUESTS = 429


class Refusal(Exception):
    """An answer `{"ok": false, "error": ...}` and its HTTP status."""

    def __init__(
        self,
        error: str,
        messages: Iterable[str] = (),
        *,
        status: int = OK,
        retry_after: int | None = None,
        extra: Payload | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.status = status
        self.retry_after = retry_after
        self.extra = extra or {}

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After`, if the refusal has one."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def as_json(self) -> Payload:
        """The body of the answer."""
        body: Payload = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body


def rate_limited(retry_after: int) -> Refusal:
    """Refuse as docs.slack.dev/apis/web-api/rate-limits says; `retry_after` in seconds."""
    return Refusal("ratelimited", status=TOO_MANY_REQUESTS, retry_after=retry_after)
