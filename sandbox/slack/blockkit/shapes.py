"""Checks blocks and views against the JSON Schemas that were generated from @slack/types.

An `anyOf` over objects that differ in their `type` is rewritten to a look-up by that type: a check
takes one branch instead of twenty, and the message is about the intended block.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from jsonschema import Draft7Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import create

from sandbox.slack.blockkit.problem import Problem
from sandbox.slack.payload import Json, Payload

SCHEMAS = Path(__file__).parent.parent / "schemas"
_BY_TYPE = "x-by-type"
_REF = "#/definitions/"


def _types(schema: Payload, definitions: Payload) -> list[str]:
    """The values of `type` under a schema; an empty string if it is not constant."""
    if "$ref" in schema:
        return _types(definitions[schema["$ref"].removeprefix(_REF)], definitions)
    if "anyOf" in schema:
        return [kind for branch in schema["anyOf"] for kind in _types(branch, definitions)]
    return [schema.get("properties", {}).get("type", {}).get("const", "")]


def _leaves(schema: Payload, definitions: Payload) -> list[Payload]:
    target = definitions[schema["$ref"].removeprefix(_REF)] if "$ref" in schema else schema
    if "anyOf" not in target:
        return [schema]
    return [leaf for branch in target["anyOf"] for leaf in _leaves(branch, definitions)]


def _index(node: Json, definitions: Payload) -> Json:
    """Rewrite each discriminated `anyOf` in a schema to a look-up by type."""
    if isinstance(node, list):
        return [_index(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "anyOf" not in node or "" in _types(node, definitions):
        return {key: _index(value, definitions) for key, value in node.items()}
    by_type: dict[str, list[Validator]] = {}
    for leaf in _leaves(node, definitions):
        branch = _Discriminating(_index(leaf, definitions))
        by_type.setdefault(_types(leaf, definitions)[0], []).append(branch)
    return {_BY_TYPE: by_type}


def _check_by_type(
    validator: Validator,
    by_type: dict[str, list[Validator]],
    instance: Json,
    schema: Mapping[str, Json],
) -> Iterator[ValidationError]:
    """Check an instance against the branches of its type, of which one must match."""
    del validator, schema  # jsonschema passes them to every keyword
    kind = instance.get("type") if isinstance(instance, dict) else None
    branches = by_type.get(kind, []) if isinstance(kind, str) else []
    if not branches:
        yield ValidationError(f"unsupported type: {kind}")
        return
    failures = [list(branch.iter_errors(instance)) for branch in branches]
    if all(failures):
        yield from min(failures, key=len)


def _check_ref(
    validator: Validator, ref: str, instance: Json, schema: Mapping[str, Json]
) -> Iterator[ValidationError]:
    """Resolve `$ref` without the general resolver, which would take most of the time."""
    del validator, schema
    yield from _validator(ref).iter_errors(instance)


_Discriminating = create(
    meta_schema=Draft7Validator.META_SCHEMA,
    validators={
        **Draft7Validator.VALIDATORS,
        _BY_TYPE: _check_by_type,
        "$ref": _check_ref,
    },
    type_checker=Draft7Validator.TYPE_CHECKER,
)


@cache
def _definitions() -> Payload:
    definitions: Payload = json.loads((SCHEMAS / "view.schema.json").read_text())["definitions"]
    # AnyBlock also admits any object with some `type`, which Slack does not.
    definitions["AnyBlock"] = {"$ref": f"{_REF}KnownBlock"}
    return {name: _index(schema, definitions) for name, schema in definitions.items()}


@cache
def _validator(ref: str) -> Validator:
    return _Discriminating(_definitions()[ref.removeprefix(_REF)])


def shape_problems(value: Json, definition: str, where: str = "") -> list[Problem]:
    """Check a value against a definition (`KnownBlock`, `ModalView`, `HomeView`, ...)."""
    return [
        Problem(error.message[:300], "/".join([where, *map(str, error.absolute_path)]))
        for error in _validator(_REF + definition).iter_errors(value)
    ]
