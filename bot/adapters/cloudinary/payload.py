"""Reads the fields of Cloudinary's JSON. Errors name a field and never quote a value."""

from collections.abc import Mapping
from datetime import UTC, datetime

Item = Mapping[str, object]


class Malformed(Exception):
    """A body lacks a required field or has one of the wrong type; `wire.read` translates it."""


def item(value: object, what: str = "the whole") -> Item:
    """Require a JSON object."""
    if not isinstance(value, dict):
        raise Malformed(f"Cloudinary's answer is wrong: {what} is not an object")
    return value


def items(value: object, name: str) -> list[Item]:
    """Require an object with a list of objects under this name."""
    found = item(value).get(name)
    if not isinstance(found, list):
        raise Malformed(f"Cloudinary's answer is wrong: {name} is not a list")
    return [item(each, f"one of {name}") for each in found]


def items_if_any(value: Item, name: str) -> list[Item]:
    """Read an optional list of objects."""
    return [] if value.get(name) is None else items(value, name)


def text(value: Item, name: str) -> str:
    """Require a text that is not empty."""
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise Malformed(f"Cloudinary's answer is wrong: {name} is missing or not a text")
    return found


def text_if_any(value: Item, name: str) -> str:
    """Read an optional text."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def flag(value: Item, name: str, *, default: bool | None = None) -> bool:
    """Read true or false, as JSON or as a text; required unless there is a default."""
    found = value.get(name)
    if found is None and default is not None:
        return default
    if isinstance(found, bool):
        return found
    if found in ("true", "false"):
        return found == "true"
    raise Malformed(f"Cloudinary's answer is wrong: {name} is neither true nor false")


def moment(value: Item, name: str) -> datetime | None:
    """Read `2022-03-15T11:44:48Z` or `2022-03-15 11:44:48+00:00`; None for anything else."""
    try:
        found = datetime.fromisoformat(text_if_any(value, name))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
