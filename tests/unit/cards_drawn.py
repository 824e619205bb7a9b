"""What a rendered card contains: its strings, its frame, and the schemas that it must match."""

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
"""Where a name may be: rich text elements and plain text show it unchanged."""

Json = Any


def strings(value: Json, kind: str = "") -> Iterator[tuple[str, str, str]]:
    """Every string in a payload, with the type of the object and the field that hold it."""
    if isinstance(value, dict):
        for field, inner in value.items():
            if isinstance(inner, str):
                yield value.get("type", kind), field, inner
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def frame(drawn: Message) -> list[tuple[str, str, str]]:
    """Everything but the text that Slack shows unchanged."""
    return [each for each in strings(drawn.blocks) if each[:2] not in TYPEABLE]


def is_escaped(text: str) -> bool:
    """Whether a fallback text contains nothing that Slack parses as markup."""
    return re.fullmatch(r"(?:[^<>&]|&amp;|&lt;|&gt;)*", text) is not None
