"""Runs the program that draws, within a time limit and without any secret of this process."""

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from bot.adapters.chart import Panel

_log = structlog.get_logger("keysmith.reports")

LIBRARY: Final = "matplotlib"
WITHIN: Final = 20.0
"""Seconds; a start of the library takes one or two, its first one builds a cache of fonts."""
KEPT: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT")
"""What the program needs of the environment."""


async def drawn(
    panels: Sequence[Panel], directory: Path, within: float = WITHIN, library: str = LIBRARY
) -> bytes | None:
    """Draw panels; None where the library is not installed, or the picture takes too long.

    `directory` is for the library's cache.
    """
    if importlib.util.find_spec(library) is None:
        return None
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.adapters.chart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment | {"MPLCONFIGDIR": str(directory), "MPLBACKEND": "Agg"},
    )
    given = json.dumps([[panel.title, panel.rows] for panel in panels]).encode()
    try:
        async with asyncio.timeout(within):
            picture, _ = await process.communicate(given)
    except TimeoutError:
        _log.warning("report_not_drawn", seconds=within)
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        _log.warning("report_not_drawn", exit=process.returncode)
        return None
    return picture
