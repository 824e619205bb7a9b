"""Pages of a long list, counted from 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """What one page shows, which page it is, and how many pages there are."""

    shown: tuple[T, ...]
    number: int
    pages: int


def page_of(found: Sequence[T], number: int, size: int) -> Page[T]:
    """Cut a page out of a list that may have become shorter meanwhile."""
    pages = max(1, -(-len(found) // size))
    at = max(0, min(number, pages - 1))
    return Page(tuple(found[at * size : (at + 1) * size]), at, pages)
