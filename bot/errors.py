"""Everything that Keysmith raises on purpose, under one root."""

import os
from typing import Final

TOKEN_REFUSED: Final = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("org_login_required", "team_access_not_granted"),
    }
)
"""Slack's codes for a token that no call can use; any other code says nothing about the token."""
NO_MEMBER: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""Slack's error codes for an id of no member whom the bot can see."""


class KeysmithError(Exception):
    """The root: catching it catches every failure that Keysmith expects."""


class ConfigurationError(KeysmithError):
    """The configuration is unsafe; the message names what to set and repeats no value."""


class StoreError(KeysmithError):
    """Redis did not answer: nothing was stored, nothing has begun."""


class NotArchived(KeysmithError):
    """Entries of the audit log could not be archived: they are all still in the log."""


class NotReplicated(StoreError):
    """What was written is on one server only; it is lost if that server fails before the others."""


class Unread(StoreError):
    """What is stored needs a key or a version that this process lacks: it stays as it is.

    Nothing was done with it. `ran` is true where other work had begun before it was met. `lacks` is
    the id of the key, or the queue whose items this version can't read.
    """

    ran = False
    lacks = ""


class UnknownKey(Unread):
    """A stored record is under a key that this process lacks."""


class KeyMissing(Unread):
    """This process lacks the key that signs now: it can store nothing."""

    @classmethod
    def of(cls, key_id: str) -> "KeyMissing":
        """Say which key, and what to do."""
        error = cls(
            f"this process lacks the key {key_id}, which signs now; nothing was stored: add the"
            " key to KEYSMITH_KEYS and start again"
        )
        error.lacks = key_id
        return error


class Halted(StoreError):
    """History went back: no change begins before `keysmith recover`; the message is the reason."""


class AlteredRecord(KeysmithError):
    """A stored record is not believed: nothing was done with it, and security was told."""


class LockTaken(KeysmithError):
    """Another job holds the lock `name`; the job keeps its place in line and runs again soon."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class SlackError(KeysmithError):
    """Slack refused a call; `code` is Slack's own error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackAway(SlackError):
    """Slack did not answer, or is too busy; a later call may succeed. `reason` is for people.

    `retry_after` is the time that Slack asks for, in seconds.
    """

    retry_after: float = 0.0

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.reason = reason or f"Slack has trouble of its own ({code})"


class NotOpened(KeysmithError):
    """A worker did not open a link: its key is disabled, and nothing was revealed."""


class WorkerAway(NotOpened):
    """No worker took the opening of a link up: the link is as it was."""


class SealError(KeysmithError):
    """A sealed value was altered, or no configured key opens it."""


class CloudinaryError(KeysmithError):
    """Cloudinary refused or did not answer; `message` is Cloudinary's own, `status` is HTTP's."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Unauthorized(CloudinaryError):
    """401: the account key or its secret is wrong."""


class Forbidden(CloudinaryError):
    """403: the account key lacks the right."""


class NotFound(CloudinaryError):
    """404: the target does not exist."""


class Conflict(CloudinaryError):
    """409: the name is taken."""


class Invalid(CloudinaryError):
    """400 and other refusals of what Keysmith sent."""


class RateLimited(CloudinaryError):
    """420, 429: too many calls; `retry_after` is in seconds, if Cloudinary gave a time."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class Unavailable(CloudinaryError):
    """5xx, a time-out, a cut connection or no JSON; with `maybe_done`, the effect may exist."""

    def __init__(self, message: str, *, status: int | None = None, maybe_done: bool) -> None:
        super().__init__(message, status=status)
        self.maybe_done = maybe_done


def why_not(error: OSError | UnicodeDecodeError) -> str:
    """Say why a file or a port can't be used, without its name: the caller's text has it."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text"
    number = error.errno or 0  # a negative one is not the system's
    return os.strerror(number) if number > 0 else error.strerror or type(error).__name__
