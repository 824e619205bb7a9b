import gc
import os
from itertools import groupby

import pytest
import structlog
from hypothesis import settings
from structlog import processors

SLOW = {"browser": 12, "faults": 19, "scenarios": 10, "traps": 3, "rooms": 1}
"""Directories whose tests start programs and wait for them; seconds of a file, on average."""

SHARES = {"browser": 3, "traps": 6}
"""Directories with a system of their own on each worker: only one worker in so many has it.

A system that waits for the end of the run takes its part of the processor.
"""

settings.register_profile(
    "keysmith",
    deadline=None,  # a busy machine is no failure
    max_examples=1_000 if "FUZZ_EXAMPLES" in os.environ else 40,  # `make fuzz` takes its time
)
settings.load_profile("keysmith")


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
    for at, part in enumerate(dealt(slow, workers)):
        items += part
        missing = max(0, size * (at + 1) - len(items))
        items += quick[:missing]
        del quick[:missing]
    items += quick


def dealt(files: list[list[pytest.Item]], workers: int) -> list[list[pytest.Item]]:
    """Deal files in the order of `SLOW`, each to the worker with the least to do so far."""
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0] * workers
    order = [*SLOW]
    for file in sorted(files, key=lambda file: order.index(file[0].path.parent.name)):
        kind = file[0].path.parent.name
        among = range(max(1, workers // SHARES.get(kind, 1)))
        at = min(among, key=lambda worker: seconds[worker])
        parts[at] += file
        seconds[at] += SLOW[kind]
    return parts


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests, which live to the end, out of garbage collections."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Log in plain text: rendering one coloured traceback takes seconds."""
    structlog.configure([processors.format_exc_info, processors.KeyValueRenderer()])
