"""Which blocks and elements a surface takes (docs.slack.dev/reference/block-kit, "Surfaces")."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sandbox.slack.blockkit.problem import Problem
from sandbox.slack.payload import Payload

TABLES = frozenset({"table", "data_table"})
"""A message has one of them at most, its attachments included."""

_IN_MESSAGES_ALONE = TABLES | {"context_actions", "markdown", "plan", "task_card"}
# Files come with messages of people; an app cannot send the block.
_NOWHERE = frozenset({"file"})

REFUSED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "message": _NOWHERE | {"alert"},
        "modal": _NOWHERE | _IN_MESSAGES_ALONE | {"card", "carousel", "container"},
        "home": _NOWHERE | _IN_MESSAGES_ALONE | {"alert"},
    }
)
"""Blocks that a surface refuses."""

ELEMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "datetimepicker": frozenset({"message", "modal"}),
        "email_text_input": frozenset({"modal"}),
        "file_input": frozenset({"modal"}),
        "number_input": frozenset({"modal"}),
        "rich_text_input": frozenset({"modal", "home"}),
        "url_text_input": frozenset({"modal"}),
        "workflow_button": frozenset({"message"}),
    }
)
"""The surfaces of elements that not every surface takes."""


def elements_of(block: Payload) -> list[Payload]:
    """The interactive elements of a block."""
    held = [block.get("accessory"), block.get("element")]
    if block.get("type") in {"actions", "context_actions"}:
        held += block.get("elements", [])
    return [element for element in held if isinstance(element, dict)]


def surface_problems(blocks: list[Payload], surface: str) -> Iterator[Problem]:
    """What a surface refuses."""
    for index, block in enumerate(blocks):
        where = f"/blocks/{index}"
        if block["type"] in REFUSED[surface]:
            yield Problem(f"{block['type']} blocks are not supported in a {surface}", where)
        for element in elements_of(block):
            if surface not in ELEMENTS.get(element["type"], {surface}):
                yield Problem(f"{element['type']} is not supported in a {surface}", where)
