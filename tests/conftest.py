import gc
import os
import signal
from itertools import groupby
from types import FrameType

import pytest
import structlog
from hypothesis import settings
from structlog import processors

SLOW = ("browser", "faults", "rooms", "scenarios", "traps")
"""Directories whose tests start programs and wait for them."""

settings.register_profile(
    "keysmith",
    deadline=None,  # a busy machine is no failure
    max_examples=1_000 if "FUZZ_EXAMPLES" in os.environ else 40,  # `make fuzz` takes its time
)
settings.load_profile("keysmith")


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


def pytest_runtest_setup() -> None:
    """Begin each test with plain logs, and with a handler of Ctrl-C that is ours.

    Rendering one coloured traceback takes up to minutes, and some tests set the log up. asyncio
    sets its handler around each test and asynchronous fixture in place of Python's own alone; asked
    for afterwards, it writes out all that the fixture returned: a fifth of the flow tests' time.
    """
    structlog.configure([processors.format_exc_info, processors.KeyValueRenderer()])
    signal.signal(signal.SIGINT, _interrupt)


def pytest_collection() -> None:
    """Collect without garbage collections: nothing that collecting builds is garbage."""
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each worker of pytest-xdist its part of the slow tests first.

    Every worker starts with an equal, unbroken part of the list, and takes over quick tests of the
    others when it is done; so none is left with slow ones at the end. A file stays in one part.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    files = [list(file) for _, file in groupby(items, lambda item: item.path)]
    slow = [file for file in files if file[0].path.parent.name in SLOW]
    quick = [item for file in files if file not in slow for item in file]
    size = len(items) // workers
    items.clear()
    for at in range(workers):
        items += (item for file in slow[at::workers] for item in file)
        missing = max(0, size * (at + 1) - len(items))
        items += quick[:missing]
        del quick[:missing]
    items += quick


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests, which live to the end, out of garbage collections."""
    gc.freeze()
    gc.enable()
