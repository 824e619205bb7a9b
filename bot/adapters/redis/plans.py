"""Writes a step as the ledger's script takes it."""

import json
from typing import Final

from bot.adapters.redis.steps import Step

_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def planned(step: Step) -> tuple[tuple[bytes, ...], bytes]:
    """Give a step's keys, and its plan with each key's place among them."""
    places: dict[str, int] = {}

    def place(key: str) -> int:
        return places.setdefault(key, len(places) + 1)

    guards = [(expected, verb, place(key), *rest) for expected, verb, key, *rest in step.guards]
    writes = [(verb, place(key), *rest) for verb, key, *rest in step.writes]
    plan = _json((guards, writes, len(places), len(step.entries)))
    return tuple(map(str.encode, places)), plan.encode()
