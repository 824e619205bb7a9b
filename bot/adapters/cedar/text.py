"""Cedar text, cut into its statements so that each can be parsed, and blamed, by itself."""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from cedarpy import policies_to_json_str

_TOKEN: Final = re.compile(r'//[^\n\r]*|"(?:\\.|[^"\\])*"|;', re.DOTALL)
_LEAD: Final = re.compile(r"(?:\s|//[^\n\r]*)*")

Policy = dict[str, Any]
"""One policy in Cedar's JSON format."""


@dataclass(frozen=True)
class Statement:
    """One `permit` or `forbid` with its annotations, or a piece that should have been one."""

    text: str
    line: int
    """Where it begins, counted from 1."""


def split(text: str) -> list[Statement]:
    """Cut a text after each `;` outside strings and comments; comments in front are left out."""
    ends = [token.end() for token in _TOKEN.finditer(text) if token[0] == ";"]
    found = []
    for start, end in pairwise([0, *ends, len(text)]):
        piece = text[start:end]
        lead = _LEAD.match(piece)
        begin = lead.end() if lead else 0
        if begin < len(piece):
            found.append(Statement(piece[begin:], 1 + text.count("\n", 0, start + begin)))
    return found


def parse(text: str) -> Policy:
    """Parse one statement.

    Raises:
        ValueError: not Cedar, or not exactly one policy without slots; says why.

    """
    parsed = json.loads(policies_to_json_str(text))
    if parsed["templates"]:
        raise ValueError("slots such as ?principal are not supported")
    (policy,) = parsed["staticPolicies"].values()
    return dict(policy)


def policy_set(policies: dict[str, Policy]) -> str:
    """Put policies together in Cedar's JSON format, under ids of one's own."""
    return json.dumps({"staticPolicies": policies, "templates": {}, "templateLinks": []})
