"""Cedar text, split into statements so that each parses, and fails, on its own."""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from cedarpy import PolicySet, policies_to_json_str

_TOKEN: Final = re.compile(r'//[^\n\r]*|"(?:\\.|[^"\\])*"|;', re.DOTALL)
_LEAD: Final = re.compile(r"(?:\s|//[^\n\r]*)*")

Policy = dict[str, Any]
"""One policy in Cedar's JSON format."""


@dataclass(frozen=True)
class Statement:
    """One `permit` or `forbid` with its annotations, or a piece in its place.

    `line` is where it begins, counted from 1.
    """

    text: str
    line: int


def split(text: str) -> list[Statement]:
    """Split a text after each `;` outside strings and comments; leading comments are left out."""
    ends = [token.end() for token in _TOKEN.finditer(text) if token[0] == ";"]
    found = []
    for start, end in pairwise([0, *ends, len(text)]):
        lead = _LEAD.match(text, start, end)
        begin = lead.end() if lead else start
        if begin < end:
            found.append(Statement(text[begin:end], 1 + text.count("\n", 0, begin)))
    return found


def parse(text: str) -> Policy:
    """Parse one statement; raises `ValueError` unless it is exactly one policy without slots."""
    parsed = json.loads(policies_to_json_str(text))
    if parsed["templates"]:
        raise ValueError("slots such as ?principal are not supported")
    (policy,) = parsed["staticPolicies"].values()
    return dict(policy)


def policy_set(policies: dict[str, Policy]) -> PolicySet:
    """Build a set of these policies under these ids."""
    parts = {"staticPolicies": policies, "templates": {}, "templateLinks": []}
    return PolicySet.from_json_str(json.dumps(parts))
