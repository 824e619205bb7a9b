"""Fields of a body, held against the types that the document gives them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import Json, body_of

FLAGS: Final = {"true": True, "false": False}
"""The words that one of Cloudinary's own clients sends for a boolean."""


@dataclass(frozen=True)
class Fields:
    """The fields of a body; each reader gives None for an absent field.

    Raises `Refusal` (400) for a value of another type than the document's.
    """

    given: Json

    def text(self, name: str) -> str | None:
        """A string that is not blank."""
        if name not in self.given:
            return None
        value = self.given[name]
        if not isinstance(value, str):
            raise Refusal(400, f"{name} is not a string")
        if not value.strip():
            raise Refusal(400, f"{name} is empty")
        return value

    def required(self, name: str) -> str:
        """A string that must not be absent or blank."""
        value = self.text(name)
        if value is None:
            raise Refusal(400, f"{name} is missing")
        return value

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """A string that is one of the documented values."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise Refusal(400, f"{name} is one of {', '.join(allowed)}")
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean, or the word `true` or `false`."""
        value = self.given.get(name)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, str) and value in FLAGS:
            return FLAGS[value]
        raise Refusal(400, f"{name} is not a boolean")

    def texts(self, name: str) -> list[str] | None:
        """A list of strings."""
        if name not in self.given:
            return None
        value = self.given[name]
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refusal(400, f"{name} is not a list of strings")
        return value

    def object(self, name: str) -> Json | None:
        """A JSON object."""
        if name not in self.given:
            return None
        value = self.given[name]
        if not isinstance(value, dict):
            raise Refusal(400, f"{name} is not an object")
        return value


async def fields_of(request: web.Request) -> Fields:
    """The fields of the request's body."""
    return Fields(await body_of(request))
