"""Errors as outcomes: a sentence for the person, details for the log, one id for both.

The id is that of the delivery and its job, so that it finds every line about them.
"""

from collections.abc import Mapping
from math import ceil
from typing import Final

import structlog

from bot.domain.outcomes.general import Failed, Fault
from bot.errors import (
    TOKEN_REFUSED,
    CloudinaryError,
    Halted,
    NotOpened,
    NotReplicated,
    RateLimited,
    SlackAway,
    SlackError,
    StoreError,
    Unavailable,
    Unread,
    WorkerAway,
)
from bot.flows.correlation import current_id, new_id

_log = structlog.get_logger("keysmith.faults")

_OF_LINKS: Final[Mapping[type[Exception], Fault]] = {
    NotOpened: Fault.NOT_OPENED,
    WorkerAway: Fault.WORKER,
}
_OF_STORE: Final[Mapping[type[Exception], Fault]] = {
    Halted: Fault.HALTED,
    NotReplicated: Fault.STORE_UNCERTAIN,
    Unread: Fault.UNREAD,
}
LONGEST: Final = 86_400
"""Seconds that a person is told to wait at most: a service may ask for any number."""


def failed(error: Exception, job: str = "") -> Failed:
    """Log an error under the id of what failed, and classify it."""
    error_id = job or current_id() or new_id()
    fault = _fault(error)
    log = _log.error if fault is Fault.INTERNAL else _log.warning
    log("failed", error_id=error_id, fault=fault, exc_info=error)
    detail = error.message if isinstance(error, CloudinaryError) else ""
    shown = "" if fault is Fault.CLOUDINARY else detail
    return Failed(fault, error_id, shown, _seconds(error))


def _seconds(error: Exception) -> int:
    """Give the wait that a busy service asks for, in whole seconds; 0 where it names none.

    It is at most `LONGEST`.
    """
    match error:
        case RateLimited(retry_after=float(seconds)) | SlackAway(retry_after=seconds):
            return ceil(min(seconds, LONGEST))
        case _:
            return 0


def _fault(error: Exception) -> Fault:
    match error:
        case RateLimited():
            return Fault.CLOUDINARY_BUSY
        case Unavailable():
            return Fault.CLOUDINARY_UNCERTAIN if error.maybe_done else Fault.CLOUDINARY
        case CloudinaryError():
            return Fault.CLOUDINARY_REFUSED
        case SlackError(code="ratelimited"):
            return Fault.SLACK_BUSY
        case SlackError(code=code) if code in TOKEN_REFUSED:
            return Fault.SLACK_TOKEN
        case SlackError():
            return Fault.SLACK
        case StoreError() | TimeoutError():
            found = (fault for kind, fault in _OF_STORE.items() if isinstance(error, kind))
            return next(found, Fault.STORE)
        case _:
            return _OF_LINKS.get(type(error), Fault.INTERNAL)
