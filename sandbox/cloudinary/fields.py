"""The fields of a body, each of the type that the document gives it: null is none of them."""

from collections.abc import Collection
from dataclasses import dataclass

from aiohttp import web

from sandbox.cloudinary.asking import Json, body_of, flag
from sandbox.cloudinary.refusals import Refusal


@dataclass(frozen=True)
class Fields:
    """What a body holds; what is absent is None."""

    given: Json

    def word(self, name: str) -> str | None:
        """A string that says something."""
        if name not in self.given:
            return None
        value = self.given[name]
        if not isinstance(value, str):
            raise Refusal(400, f"{name} is not a string")
        if not value.strip():
            raise Refusal(400, f"{name} is empty")
        return value

    def needed(self, name: str) -> str:
        """A string that must be there."""
        value = self.word(name)
        if value is None:
            raise Refusal(400, f"{name} is missing")
        return value

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """A string out of the documented ones."""
        value = self.word(name)
        if value is not None and value not in allowed:
            raise Refusal(400, f"{name} is one of {', '.join(allowed)}")
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean, or the word for it."""
        return flag(name, self.given[name]) if name in self.given else None

    def words(self, name: str) -> list[str] | None:
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
