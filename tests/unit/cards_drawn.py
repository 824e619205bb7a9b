"""A rendered card: its strings, its frame, and the schemas that it must satisfy."""

import json
import re
from pathlib import Path
from typing import Any, Final

from jsonschema_rs import Draft7Validator

from bot.cards.kit import Message

SCHEMAS: Final = Path(__file__).parents[1] / "schemas" / "slack"
PROGRAM: Final = re.compile(r"\b[A-Z]\w+\(\w+=")
"""A value of the program as Python writes it, such as a span in an f-string: no text for people."""
TYPEABLE: Final = {("text", "text"), ("plain_text", "text")}
"""The type and field of objects that may contain a name: Slack shows them literally."""

Json = Any


def _validator(name: str) -> Draft7Validator:
    """Read a schema of Slack, whose references are all to its own definitions.

    Compiled, it judges a hundred cards in the time in which an interpreted one judges one.
    """
    schema = json.loads((SCHEMAS / name).read_text())
    return Draft7Validator(schema, validate_formats=False)


BLOCKS: Final = _validator("blocks.schema.json")
VIEW: Final = _validator("view.schema.json")


def strings(value: Json, kind: str = "") -> list[tuple[str, str, str]]:
    """Find every string in a payload, with the type of its object and its field."""
    found: list[tuple[str, str, str]] = []
    _collect(value, kind, found)
    return found


def _collect(value: Json, kind: str, found: list[tuple[str, str, str]]) -> None:
    if isinstance(value, dict):
        own = value.get("type", kind)
        for field, inner in value.items():
            if isinstance(inner, str):
                found.append((own, field, inner))
            else:
                _collect(inner, "", found)
    elif isinstance(value, list | tuple):
        for inner in value:
            _collect(inner, "", found)


def frame(drawn: Message) -> list[tuple[str, str, str]]:
    """Find every string that Slack does not show literally."""
    return [each for each in strings(drawn.blocks) if each[:2] not in TYPEABLE]


def is_escaped(text: str) -> bool:
    """Whether a fallback contains nothing that Slack reads as markup."""
    return re.fullmatch(r"(?:[^<>&]|&amp;|&lt;|&gt;)*", text) is not None
