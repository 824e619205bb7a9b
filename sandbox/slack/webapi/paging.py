"""Paging of lists; a cursor is the index of the next entry."""

from collections.abc import Sequence
from typing import Final

from sandbox.slack.payload import Json, Payload
from sandbox.slack.refusals import Refusal

MAX_PAGE: Final = 1000
"""The most entries in a page (docs.slack.dev/apis/web-api/pagination)."""


def paged(name: str, entries: Sequence[Json], arguments: Payload, by_default: int) -> Payload:
    """Give the requested page under a name, and the cursor of the next one."""
    cursor, limit = arguments.get("cursor") or "0", arguments.get("limit", by_default)
    if not cursor.isdecimal() or int(cursor) > len(entries):
        raise Refusal("invalid_cursor")
    if not 1 <= limit <= MAX_PAGE:
        raise Refusal("invalid_limit")
    end = int(cursor) + limit
    next_cursor = str(end) if end < len(entries) else ""
    return {
        name: list(entries[int(cursor) : end]),
        "response_metadata": {"next_cursor": next_cursor},
    }
