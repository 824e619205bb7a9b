"""A rendered card: its strings, its frame, and the schemas that it must satisfy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator

from bot.cards.kit import Message

SCHEMAS: Final = Path(__file__).parents[1] / "schemas" / "slack"
BLOCKS: Final = Draft7Validator(json.loads((SCHEMAS / "blocks.schema.json").read_text()))
VIEW: Final = Draft7Validator(json.loads((SCHEMAS / "view.schema.json").read_text()))
TYPEABLE: Final = {("text", "text"), ("plain_text", "text")}
"""The type and field of objects that may contain a name: Slack shows them literally."""

Json = Any


def strings(value: Json, kind: str = "") -> Iterator[tuple[str, str, str]]:
    """Find every string in a payload, with the type of its object and its field."""
    if isinstance(value, dict):
        for field, inner in value.items():
            if isinstance(inner, str):
                yield value.get("type", kind), field, inner
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def frame(drawn: Message) -> list[tuple[str, str, str]]:
    """Find every string that Slack does not show literally."""
    return [each for each in strings(drawn.blocks) if each[:2] not in TYPEABLE]


def is_escaped(text: str) -> bool:
    """Whether a fallback contains nothing that Slack reads as markup."""
    return re.fullmatch(r"(?:[^<>&]|&amp;|&lt;|&gt;)*", text) is not None
