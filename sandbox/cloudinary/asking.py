"""What a request says, in every way that Cloudinary's own clients say it."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.state import Account

ACCOUNT = web.AppKey("account", Account)
SECRETS_ON_READ = web.AppKey("secrets_on_read", bool)
MOST_IDS = 100
MOST_PAGES = 100

Json = dict[str, Any]


def account_of(request: web.Request) -> Account:
    """The account behind the request."""
    return request.app[ACCOUNT]


async def body_of(request: web.Request) -> Json:
    """The fields of a body: JSON, or a form as the Node client sends it."""
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    text = await request.text()
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        raise Refusal(400, "The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise Refusal(400, "The body is not a JSON object")
    return found


def flag(value: object) -> bool | None:
    """A boolean, also where a client sends it as a word; None where it is absent."""
    if value is None or isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    if str(value).lower() not in words:
        raise Refusal(400, f"{value} is not a boolean")
    return words[str(value).lower()]


def query_flag(request: web.Request, name: str) -> bool | None:
    """A boolean of the query."""
    return flag(request.query.get(name))


def query_list(request: web.Request, name: str) -> list[str]:
    """A list of the query: `a=1&a=2`, `a[]=1&a[]=2` or `a=1,2`."""
    found = [*request.query.getall(name, []), *request.query.getall(f"{name}[]", [])]
    values = [part for value in found for part in value.split(",") if part]
    if len(values) > MOST_IDS:
        raise Refusal(400, f"{name}: no more than {MOST_IDS}")
    return values


def as_list(value: object) -> list[str]:
    """A list of a body, also where a client sends one string."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else str(value).split(",")


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


def page_of(request: web.Request) -> Page:
    """Which part is asked for."""
    try:
        number = int(request.query.get("page", "1"))
        size = int(request.query["page_size"]) if "page_size" in request.query else None
    except ValueError:
        raise Refusal(400, "page and page_size are numbers") from None
    if not 1 <= number <= MOST_PAGES or (size is not None and size < 1):
        raise Refusal(400, f"page is from 1 to {MOST_PAGES}, page_size at least 1")
    return Page(number, size)


def ordered(request: web.Request, things: list[Json], allowed: tuple[str, ...]) -> list[Json]:
    """Sort as asked; newest first unless the order says otherwise."""
    by = request.query.get("sort_by", "created_at")
    order = request.query.get("sort_order", "desc")
    if by not in allowed or order not in {"asc", "desc"}:
        raise Refusal(400, "sort_by or sort_order is not one of the documented values")
    return sorted(things, key=lambda each: str(each.get(by) or ""), reverse=order == "desc")
