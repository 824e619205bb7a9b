"""Traces of a command: one from its delivery through its job and its calls to its answer.

Where a trace goes on in another process, its place is stored as a W3C `traceparent`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


class Tracer(Protocol):
    """Records spans. Names and attributes are fixed words and ids, never content."""

    def span(self, name: str, parent: str = "", **about: str) -> AbstractContextManager[None]:
        """Record what the block does, below the span that it is in or below a stored `parent`."""

    def call(self, name: str, **about: str) -> Callable[[str], None]:
        """Record a call to another service, until the result is called with its status."""

    def here(self) -> str:
        """The place in the trace, to be stored; empty where nothing is recorded."""


@dataclass(frozen=True)
class NoTracer:
    """Records nothing."""

    def span(self, name: str, parent: str = "", **about: str) -> AbstractContextManager[None]:
        """Do nothing."""
        del name, parent, about
        return nullcontext()

    def call(self, name: str, **about: str) -> Callable[[str], None]:
        """Do nothing."""
        del name, about
        return lambda _: None

    def here(self) -> str:
        """Nowhere."""
        return ""
