"""The environment variables of the process under test, restored after each use."""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

Variables = MutableMapping[str, str]


@contextmanager
def variables() -> Iterator[Variables]:
    """Give the process's variables; they are restored when the block ends."""
    before = dict(os.environ)
    try:
        yield os.environ
    finally:
        os.environ.clear()
        os.environ.update(before)
