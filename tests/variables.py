"""The environment variables of the process under test, restored after each use."""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

Variables = MutableMapping[str, str]


@contextmanager
def variables() -> Iterator[Variables]:
    """Hand out the process's variables; every change ends with the block."""
    before = dict(os.environ)
    try:
        yield os.environ
    finally:
        os.environ.clear()
        os.environ.update(before)
