"""The log: one JSON object a line; of libraries, only warnings.

slack_sdk and Bolt log whole request bodies at lower levels, with one-time links in them, so their
loggers stay at warning at any LOG_LEVEL.
"""

import logging
import re
import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

import structlog

OURS: Final = ("keysmith", "bot", "handlers")

WITHHELD: Final = re.compile(r"(?<=://)[^/?#\s\"\\]*@|(?<=[?&]ticket=)[^&\s'\"\\]+")
"""What aiohttp repeats of a URL in its errors: a proxy's login, the ticket of a websocket."""
RARELY: Final = 60.0
"""Seconds between two lines about the same event that strangers can cause."""
STRANGERS: Final = ("asyncio", "keysmith.server")
"""Loggers whose lines strangers can cause: about sockets, and connections above the cap."""


class Rarely(logging.Filter):
    """Passes the first record of each kind in a while, and drops those that follow it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._next: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log the record; its kind is the place in the code that it comes from."""
        if not record.name.startswith(STRANGERS):
            return True
        kind, now = (record.pathname, record.lineno), self._now()
        if now < self._next.get(kind, now):
            return False
        self._next[kind] = now + RARELY
        return True


def without_secrets(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Leave logins and tickets out of every value of a line, those of libraries included."""
    return {k: each if k.startswith("_") else _withheld(each) for k, each in event.items()}


def _withheld(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        return {WITHHELD.sub("…", str(name)): _withheld(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_withheld(each) for each in value]
    return WITHHELD.sub("…", value if isinstance(value, str) else repr(value))


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Set up the logging of the process, once, at its start."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer(sort_keys=True)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(Rarely())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # strangers write into it
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
