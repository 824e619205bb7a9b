"""Slack's numeric limits (docs.slack.dev/reference/block-kit, /reference/views), as tables.

A kind is an object's `type`; an object without one gets it from the field that holds it.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sandbox.slack.blockkit.problem import Problem
from sandbox.slack.blockkit.surfaces import TABLES
from sandbox.slack.payload import Payload

_ID = 255
_VIEW_LENGTHS = {"private_metadata": 3000, "callback_id": _ID, "external_id": _ID}
_MENU_LENGTHS = {"placeholder": 150, "action_id": _ID}
_MENUS = [
    *(
        f"{many}{what}_select"
        for many in ("", "multi_")
        for what in ("static", "external", "users", "conversations", "channels")
    ),
    *("datepicker", "timepicker", "plain_text_input", "number_input"),
    *("email_text_input", "url_text_input", "rich_text_input"),
]

# The most characters of a string or of a text object.
LENGTHS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "section": {"text": 3000, "block_id": _ID},
        "field": {"text": 2000},
        "header": {"text": 150, "block_id": _ID},
        "actions": {"block_id": _ID},
        "divider": {"block_id": _ID},
        "context": {"block_id": _ID},
        "markdown": {"text": 12_000, "block_id": _ID},
        "input": {"label": 2000, "hint": 2000, "block_id": _ID},
        "image": {"alt_text": 2000, "title": 2000, "image_url": 3000, "block_id": _ID},
        "button": {
            "text": 75,
            "value": 2000,
            "url": 3000,
            "action_id": _ID,
            "accessibility_label": 75,
        },
        "option": {"text": 75, "value": 150, "description": 75, "url": 3000},
        "option_group": {"label": 75},
        "confirm": {"title": 100, "text": 300, "confirm": 30, "deny": 30},
        "modal": {"title": 24, "submit": 24, "close": 24, **_VIEW_LENGTHS},
        "home": _VIEW_LENGTHS,
        "checkboxes": {"action_id": _ID},
        "radio_buttons": {"action_id": _ID},
        "overflow": {"action_id": _ID},
        "datetimepicker": {"action_id": _ID},
        "rich_text": {"block_id": _ID},
        "table": {"block_id": _ID},
        "raw_text": {"text": 40_000},  # no published limit: a message's own
        **dict.fromkeys(_MENUS, _MENU_LENGTHS),
    }
)

MAX_CELLS = 20
"""Of a table's row."""

# The fewest and the most items.
COUNTS: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "section": {"fields": (1, 10)},
        "actions": {"elements": (1, 25)},
        "context": {"elements": (1, 10)},
        "static_select": {"options": (1, 100), "option_groups": (1, 100)},
        "multi_static_select": {"options": (1, 100), "option_groups": (1, 100)},
        "option_group": {"options": (1, 100)},
        "checkboxes": {"options": (1, 10)},
        "radio_buttons": {"options": (1, 10)},
        "overflow": {"options": (1, 5)},
        "table": {"rows": (1, 100), "column_settings": (0, 20)},
        "modal": {"blocks": (0, 100)},
        "home": {"blocks": (0, 100)},
    }
)

_KIND_OF_FIELD = MappingProxyType(
    {
        "fields": "field",
        "options": "option",
        "initial_option": "option",
        "initial_options": "option",
        "option_groups": "option_group",
        "confirm": "confirm",
    }
)
# Fields that may be empty strings; every other text has at least one character.
_MAY_BE_EMPTY = frozenset({"private_metadata", "callback_id", "external_id", "value", "alt_text"})


def size_problems(value: object, where: str = "", field: str = "") -> Iterator[Problem]:
    """Walk through a payload and report texts and lists outside their limits."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from size_problems(item, f"{where}/{index}", field)
    elif isinstance(value, dict):
        kind = _KIND_OF_FIELD.get(field, value.get("type", ""))
        if isinstance(kind, str):
            yield from _own_problems(kind, value, where)
        for name, inner in value.items():
            yield from size_problems(inner, f"{where}/{name}", name)


def _cell_problems(rows: list[list[Payload]], where: str) -> Iterator[Problem]:
    for index, row in enumerate(rows):
        if len(row) > MAX_CELLS:
            yield Problem(f"no more than {MAX_CELLS} items allowed", f"{where}/{index}")
        if not row:
            yield Problem("must have at least 1 item", f"{where}/{index}")


def _own_problems(kind: str, value: Payload, where: str) -> Iterator[Problem]:
    if kind in TABLES:
        yield from _cell_problems(value["rows"], f"{where}/rows")
    for name, most in LENGTHS.get(kind, {}).items():
        text = _text(value.get(name))
        at = f"{where}/{name}"
        if text is not None and len(text) > most:
            yield Problem(f"must be less than {most + 1} characters", at)
        if text == "" and name not in _MAY_BE_EMPTY:
            yield Problem("must be more than 0 characters", at)
    for name, (fewest, most) in COUNTS.get(kind, {}).items():
        items = value.get(name)
        at = f"{where}/{name}"
        if isinstance(items, list) and len(items) > most:
            yield Problem(f"no more than {most} items allowed", at)
        if isinstance(items, list) and len(items) < fewest:
            yield Problem(f"must have at least {fewest} item", at)


def _text(value: object) -> str | None:
    """The characters of a string or a text object."""
    inner = value.get("text") if isinstance(value, dict) else value
    return inner if isinstance(inner, str) else None
