"""Sorting and paging of lists."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.cloudinary.queries import query_of
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import Json


@dataclass(frozen=True)
class Page:
    """A page of a list; without a size, the first page is the whole list."""

    number: int
    size: int | None

    def of(self, things: list[Json]) -> list[Json]:
        """The entries on the page."""
        if self.size is None:
            return things if self.number == 1 else []
        return things[(self.number - 1) * self.size : self.number * self.size]


def page_of(request: web.Request, most: int | None = None) -> Page:
    """The page that the request is for; refused if its number is above `most`."""
    query = query_of(request)
    number, size = query.number("page") or 1, query.number("page_size")
    if most and number > most:
        raise Refusal(400, f"page is at most {most}")
    return Page(number, size)


def ordered(request: web.Request, things: list[Json], sorts: Mapping[str, str]) -> list[Json]:
    """Sort as the request says, newest first by default; `sorts` maps its values to fields."""
    query = query_of(request)
    by = query.choice("sort_by", sorts) or "created_at"
    order = query.choice("sort_order", ("asc", "desc"))
    found = sorted(things, key=lambda each: str(each.get(sorts[by]) or ""))
    return found if order == "asc" else found[::-1]
