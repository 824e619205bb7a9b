"""Errors as outcomes: a sentence for the person, details for the log, one id for both."""

import secrets

import structlog

from bot.domain.outcomes.general import Failed, Fault
from bot.errors import (
    CloudinaryError,
    NotReplicated,
    RateLimited,
    SlackError,
    StoreError,
    Unavailable,
)

_log = structlog.get_logger("keysmith.faults")


def failed(error: Exception, job: str = "") -> Failed:
    """Log an error under a short id, and classify it."""
    error_id = secrets.token_hex(4)
    fault = _fault(error)
    log = _log.error if fault is Fault.INTERNAL else _log.warning
    log("failed", error_id=error_id, job=job, fault=fault, exc_info=error)
    detail = error.message if isinstance(error, CloudinaryError) else ""
    return Failed(fault, error_id, "" if fault is Fault.CLOUDINARY else detail)


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
        case SlackError():
            return Fault.SLACK
        case NotReplicated():
            return Fault.STORE_UNCERTAIN
        case StoreError() | TimeoutError():
            return Fault.STORE
        case _:
            return Fault.INTERNAL
