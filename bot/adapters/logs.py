"""The log: one JSON object a line; of libraries, only warnings.

slack_sdk and Bolt log whole request bodies at lower levels, with one-time links in them, so their
loggers stay at warning at any LOG_LEVEL.
"""

import logging
import sys
from typing import Final, TextIO

import structlog

OURS: Final = ("keysmith", "bot", "handlers")


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Set up the logging of the process, once, at its start."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer(sort_keys=True)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
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
