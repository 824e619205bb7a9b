"""What the method pages say: arguments, which are required, their types, and scopes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sandbox.slack.blockkit.shapes import SCHEMAS
from sandbox.slack.payload import Payload
from sandbox.slack.webapi.pages import PAGES

_TIER = re.compile(r"Tier \d: (?P<calls>\d+)\+ per minute")
# What the method itself misses, with an error of its own, rather than the argument parser.
_LEFT_TO_THE_METHOD = frozenset({"view"})


@dataclass(frozen=True)
class Document:
    """One method's page; `scopes` are alternatives, none means no scope is needed.

    `per_minute` is its tier's number of calls; None where the limits are special or unknown.
    """

    types: Mapping[str, str]
    required: frozenset[str]
    scopes: tuple[str, ...]
    per_minute: int | None = None


@cache
def document(method: str) -> Document:
    """Read a method's page."""
    page = PAGES.get(method)
    if page is None:
        page = json.loads((SCHEMAS / "methods" / f"{method}.json").read_text())
    args: Payload = page["args"]
    tier = _TIER.fullmatch(page.get("rate_limit", {}).get("label", ""))
    required = {name for name, about in args.items() if about.get("required")}
    return Document(
        types={name: about.get("type") or "" for name, about in args.items()},
        required=frozenset(required - _LEFT_TO_THE_METHOD),
        scopes=tuple(scope["name"] for scope in page.get("scopes", {}).get("bot", ())),
        per_minute=int(tier["calls"]) if tier else None,
    )
