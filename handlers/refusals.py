"""Why deliveries are refused at the gate: counted lines in the log, without any content."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog

_log = structlog.get_logger("keysmith.gate")

EVERY: Final = 60.0
"""Seconds between two lines about the same reason: anyone on the internet may cause them."""


class RefusalCause(StrEnum):
    """Why a delivery is refused."""

    NOT_OVER_HTTP = "not_over_http"
    NO_TIMESTAMP = "no_timestamp"
    OLD_TIMESTAMP = "old_timestamp"
    BAD_SIGNATURE = "bad_signature"
    UNREADABLE = "unreadable"
    OTHER_WORKSPACE = "other_workspace"


@dataclass
class Refusals:
    """Logs each reason at most once a minute, with how many deliveries it has refused since."""

    now: Callable[[], float] = time.monotonic
    _counted: Counter[RefusalCause] = field(default_factory=Counter)
    _next: dict[RefusalCause, float] = field(default_factory=dict)

    def tell(self, cause: RefusalCause) -> None:
        """Count one refusal, and log it unless the last line is too recent."""
        self._counted[cause] += 1
        now = self.now()
        if now >= self._next.get(cause, now):
            _log.warning("delivery_refused", reason=str(cause), deliveries=self._counted.pop(cause))
            self._next[cause] = now + EVERY
