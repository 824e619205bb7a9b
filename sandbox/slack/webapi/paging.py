"""Lists that come a page at a time; a cursor is the next entry's place."""

from collections.abc import Sequence
from typing import Final

from sandbox.slack.payload import Json, Payload
from sandbox.slack.refusals import Refusal

MOST: Final = 1000
"""Entries that a page may have (docs.slack.dev/apis/web-api/pagination)."""


def paged(name: str, entries: Sequence[Json], arguments: Payload, by_default: int) -> Payload:
    """Give the page that was asked for, under a name, and where the next one begins."""
    cursor, limit = arguments.get("cursor") or "0", arguments.get("limit", by_default)
    if not cursor.isdecimal() or int(cursor) > len(entries):
        raise Refusal("invalid_cursor")
    if not 1 <= limit <= MOST:
        raise Refusal("invalid_limit")
    end = int(cursor) + limit
    next_cursor = str(end) if end < len(entries) else ""
    return {
        name: list(entries[int(cursor) : end]),
        "response_metadata": {"next_cursor": next_cursor},
    }
