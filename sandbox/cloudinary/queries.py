"""The one reader of queries: it takes every form that Cloudinary's own clients send.

An empty parameter is as if absent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from aiohttp import web

from sandbox.cloudinary.refusals import Refusal

MAX_VALUES: Final = 100
FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
NUMBER_DIGITS: Final = 9
"""The most digits of a page number or size."""
DAYS: Final = ("%Y-%m-%d", "%d-%m-%Y")
"""How the document writes a day, and how one of Cloudinary's own clients does."""


@dataclass(frozen=True)
class Query:
    """The parameters of a query; each reader gives None for an absent one.

    Raises `Refusal` (400) for a value outside the documented ones.
    """

    given: Mapping[str, list[str]]

    def text(self, name: str) -> str | None:
        """A string."""
        return self.given[name][0] if name in self.given else None

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        value = self.text(name)
        if value is not None and value not in FLAGS:
            raise Refusal(400, f"{name} is not a boolean")
        return None if value is None else FLAGS[value]

    def texts(self, name: str) -> list[str]:
        """A list in one of three forms: `a=1&a=2`, `a[]=1&a[]=2` or `a=1,2`."""
        found = [*self.given.get(name, ()), *self.given.get(f"{name}[]", ())]
        values = [part for value in found for part in value.split(",") if part]
        if len(values) > MAX_VALUES:
            raise Refusal(400, f"{name}: no more than {MAX_VALUES}")
        return values

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """One of the documented values."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise Refusal(400, f"{name} is one of {', '.join(allowed)}")
        return value

    def number(self, name: str) -> int | None:
        """A number from 1."""
        text = self.text(name)
        if text is None:
            return None
        is_number = text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS
        if not is_number or not int(text):
            raise Refusal(400, f"{name} is a number from 1")
        return int(text)

    def moment(self, name: str, of_day: time) -> datetime | None:
        """A time; for a day, as in the document, `of_day` says which moment of it."""
        text = self.text(name)
        if text is None:
            return None
        if day := _day(text):
            return datetime.combine(day, of_day, UTC)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Refusal(400, f"{name} is not a date (yyyy-mm-dd)") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(text: str) -> date | None:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def query_of(request: web.Request) -> Query:
    """The parameters of the request's query that are not empty."""
    given: dict[str, list[str]] = {}
    for name, value in request.query.items():
        if value:
            given.setdefault(name, []).append(value)
    return Query(given)
