"""Slack's reference pages of methods: arguments, types, scopes and rate limits."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sandbox.slack.blockkit.shapes import SCHEMAS
from sandbox.slack.payload import Payload
from sandbox.slack.webapi.reference_pages import PAGES

_TIER = re.compile(r"Tier \d: (?P<calls>\d+)\+ per minute")
# Arguments whose absence the method itself refuses, with an error of its own.
_LEFT_TO_THE_METHOD = frozenset({"view"})


@dataclass(frozen=True)
class Document:
    """One method's reference page; any one of `scopes` is enough, empty means none is needed.

    `per_minute` is its tier's number of calls; None if its limits are special or unknown.
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
