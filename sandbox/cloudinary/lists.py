"""Order and pages of a list."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.cloudinary.asking import Json, query_choice
from sandbox.cloudinary.refusals import Refusal

NUMBER_DIGITS = 9
"""More of them is no page of anything."""


@dataclass(frozen=True)
class Page:
    """A part of a list; without a size, all of it."""

    number: int
    size: int | None

    def of(self, things: list[Json]) -> list[Json]:
        """Cut it out."""
        if self.size is None:
            return things if self.number == 1 else []
        return things[(self.number - 1) * self.size : self.number * self.size]


def _number(request: web.Request, name: str) -> int | None:
    if name not in request.query:
        return None
    text = request.query[name]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else 0
    if number < 1:
        raise Refusal(400, f"{name} is a number from 1")
    return number


def page_of(request: web.Request, most: int | None = None) -> Page:
    """Which part is asked for, out of at most so many."""
    number, size = _number(request, "page") or 1, _number(request, "page_size")
    if most and number > most:
        raise Refusal(400, f"page is at most {most}")
    return Page(number, size)


def ordered(request: web.Request, things: list[Json], sorts: Mapping[str, str]) -> list[Json]:
    """Sort as asked, newest first if nothing is; `sorts` names the field behind each word."""
    by = query_choice(request, "sort_by", sorts) or "created_at"
    order = query_choice(request, "sort_order", ("asc", "desc"))
    found = sorted(things, key=lambda each: str(each.get(sorts[by]) or ""))
    return found if order == "asc" else found[::-1]
