"""A rendered card: its strings, its frame, and the schemas that it must satisfy."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import create

from bot.cards.kit import Message

SCHEMAS: Final = Path(__file__).parents[1] / "schemas" / "slack"
PROGRAM: Final = re.compile(r"\b[A-Z]\w+\(\w+=")
"""A value of the program as Python writes it, such as a span in an f-string: no text for people."""
TYPEABLE: Final = {("text", "text"), ("plain_text", "text")}
"""The type and field of objects that may contain a name: Slack shows them literally."""

Json = Any


def _is_of_type(schema: Json, instance: Json) -> bool:
    """Whether an object's type is not another one than its schema's, if that has one."""
    kind = schema.get("properties", {}).get("type", {}).get("const")
    return kind is None or not isinstance(instance, dict) or instance.get("type", kind) == kind


def _validator(name: str) -> Validator:
    """Read a schema of Slack, whose references are all to its own definitions.

    Its verdicts are jsonschema's; but of twenty branches of a union, that one collects every error.
    """
    schema = json.loads((SCHEMAS / name).read_text())

    @cache
    def defined(reference: str) -> Validator:
        return direct(schema["definitions"][reference.removeprefix("#/definitions/")])

    def ref(_: Validator, reference: str, instance: Json, __: Json) -> Iterator[ValidationError]:
        return defined(reference).iter_errors(instance)

    def any_of(
        validator: Validator, branches: list[Json], instance: Json, whole: Json
    ) -> Iterator[ValidationError]:
        for branch in branches:
            each = defined(branch["$ref"]) if "$ref" in branch else validator.evolve(schema=branch)
            if _is_of_type(each.schema, instance) and each.is_valid(instance):
                return
        yield from Draft7Validator.VALIDATORS["anyOf"](validator, branches, instance, whole)

    keywords = {**Draft7Validator.VALIDATORS, "anyOf": any_of, "$ref": ref}
    direct = create(
        Draft7Validator.META_SCHEMA, keywords, type_checker=Draft7Validator.TYPE_CHECKER
    )
    return direct(schema)


BLOCKS: Final[Json] = _validator("blocks.schema.json")
VIEW: Final[Json] = _validator("view.schema.json")


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
