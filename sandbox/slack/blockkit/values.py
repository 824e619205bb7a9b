"""Published formats and bounds of the values that elements hold (reference/block-kit)."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sandbox.slack.blockkit.problem import Problem
from sandbox.slack.payload import Payload

MOST_TYPED = 3000
"""Characters of a plain_text_input."""

_FORMATS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "datepicker": (
            "initial_date",
            r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
            "YYYY-MM-DD",
        ),
        "timepicker": ("initial_time", r"([01]\d|2[0-3]):[0-5]\d", "HH:mm"),
        "datetimepicker": ("initial_date_time", r"\d{10}", "ten digits"),
    }
)
# Bounds, the lowest and the highest value of each, and whether they must be in order.
_BOUNDS = (
    ("min_length", 0, MOST_TYPED),
    ("max_length", 1, MOST_TYPED),
    ("max_selected_items", 1, 100),
)


def value_problems(element: Payload, where: str) -> Iterator[Problem]:
    """Values of an element that Slack refuses."""
    name, pattern, shape = _FORMATS.get(element["type"], ("", "", ""))
    if name in element and not re.fullmatch(pattern, str(element[name])):
        yield Problem(f"{name} must be {shape}", where)
    for bound, least, most in _BOUNDS:
        if not least <= element.get(bound, least) <= most:
            yield Problem(f"{bound} must be from {least} to {most}", where)
    if element.get("min_length", 0) > element.get("max_length", MOST_TYPED):
        yield Problem("min_length must not exceed max_length", where)
    if element.get("initial_options") == []:
        yield Problem("initial_options must have at least 1 item", where)
