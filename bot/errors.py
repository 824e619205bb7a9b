"""Everything that Keysmith raises on purpose.

KeysmithError
├── ConfigurationError      a start that would not be safe; says what to set
├── StoreError              Redis did not answer, so nothing was promised
├── SlackError              Slack refused or did not answer
│   └── SlackAway           it did not answer, or has too much to do; later it may
├── SealError               a sealed value does not open: wrong key or altered
└── CloudinaryError         Cloudinary refused or did not answer
├── Unauthorized        401: the account key is wrong
├── Forbidden           403: the account key lacks the right
├── NotFound            404
├── Conflict            409: the name is taken
├── Invalid             400 and other refusals of what we sent
├── RateLimited         420, 429: `retry_after` seconds, when Cloudinary gave them
└── Unavailable         5xx, a time-out, a cut connection, a body that is not JSON;
`maybe_done` when the work may have been done all the same
"""


class KeysmithError(Exception):
    """The root; catching it catches what was foreseen and nothing else."""


class ConfigurationError(KeysmithError):
    """The start is refused; the message says what to set, and never repeats a value."""


class StoreError(KeysmithError):
    """Redis did not answer: what was asked is neither recorded nor begun."""


class SlackError(KeysmithError):
    """Slack refused a call; `code` is Slack's own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackAway(SlackError):
    """Slack did not answer, or not now: what it would have said is not known."""


class SealError(KeysmithError):
    """A sealed value was altered, or no configured key opens it."""


class CloudinaryError(KeysmithError):
    """Cloudinary refused or did not answer; `message` is Cloudinary's own, `status` its code."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Unauthorized(CloudinaryError):
    """The account key or its secret is wrong."""


class Forbidden(CloudinaryError):
    """The account key may not do this."""


class NotFound(CloudinaryError):
    """What was named is not there."""


class Conflict(CloudinaryError):
    """The name is taken."""


class Invalid(CloudinaryError):
    """Cloudinary did not accept what was sent."""


class RateLimited(CloudinaryError):
    """Too many calls; `retry_after` is in seconds, None where Cloudinary named no time."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class Unavailable(CloudinaryError):
    """No usable answer; `maybe_done` says that the work may have been done all the same."""

    def __init__(self, message: str, *, status: int | None = None, maybe_done: bool) -> None:
        super().__init__(message, status=status)
        self.maybe_done = maybe_done
