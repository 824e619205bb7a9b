"""Fields of Cloudinary's JSON, read with care; what is wrong is named, never quoted."""

from collections.abc import Mapping
from datetime import UTC, datetime

Item = Mapping[str, object]


class Malformed(Exception):
    """A body is not what it should be. It never leaves the wire."""


def item(value: object, what: str) -> Item:
    """Insist on a JSON object."""
    if not isinstance(value, dict):
        raise Malformed(f"Cloudinary's answer is wrong: {what} is not an object")
    return value


def items(value: Item, name: str) -> list[Item]:
    """Insist on a list of objects."""
    found = value.get(name)
    if not isinstance(found, list):
        raise Malformed(f"Cloudinary's answer is wrong: {name} is not a list")
    return [item(each, f"one of {name}") for each in found]


def items_if_any(value: Item, name: str) -> list[Item]:
    """Read a list of objects that may be left out."""
    return [] if value.get(name) is None else items(value, name)


def text(value: Item, name: str) -> str:
    """Insist on a text that says something."""
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise Malformed(f"Cloudinary's answer is wrong: {name} is missing or not a text")
    return found


def words(value: Item, name: str) -> str:
    """Read a text that may be left out."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def flag(value: Item, name: str, *, default: bool | None = None) -> bool:
    """Read true or false, as such or as a text; without a default it must be there."""
    found = value.get(name)
    if found is None and default is not None:
        return default
    if isinstance(found, bool):
        return found
    if found in ("true", "false"):
        return found == "true"
    raise Malformed(f"Cloudinary's answer is wrong: {name} is neither true nor false")


def count(value: Item, name: str) -> int | None:
    """Read a whole number that may be left out."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def moment(value: Item, name: str) -> datetime | None:
    """Read `2022-03-15T11:44:48Z` or `2022-03-15 11:44:48+00:00`; None for anything else."""
    try:
        found = datetime.fromisoformat(words(value, name))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
