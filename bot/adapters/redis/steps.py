"""What the ledger takes and answers: guards, writes, entries; applied, or lost.

Only the functions below create guards and writes, so that none lacks a part or holds a number that
Redis refuses; they raise `ValueError` for it. What they can't know is the type that a key has in
Redis by then: the ledger's script looks at it before the first write of a step.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NewType

from bot.domain.audit import Entry

Write = NewType("Write", tuple[str, ...])
"""A command that changes one key: its name, the key, its arguments."""
Guard = NewType("Guard", tuple[str, ...])
"""What must hold: the expected answer, a command that reads one key, the key, its arguments."""
MAX_FIELDS: Final = 1_000  # of one write; the script's `unpack` takes about 8,000 arguments
MAX_TTL: Final = 10**11  # seconds; Redis counts milliseconds since the epoch in 64 bits


@dataclass(frozen=True)
class Step:
    """If every guard holds, all writes and entries happen, else none; it has at least one entry.

    `replicated`: its caller relies on it, and hears of it only once the replicas have it.
    """

    entries: tuple[Entry, ...]
    writes: tuple[Write, ...] = ()
    guards: tuple[Guard, ...] = ()
    replicated: bool = False

    def __post_init__(self) -> None:
        if not self.entries:
            raise ValueError("a step has an entry")


@dataclass(frozen=True)
class Applied:
    """The step happened."""


@dataclass(frozen=True)
class Lost:
    """The guard at `place` did not hold, so nothing happened."""

    place: int


def equals(key: str, value: str) -> Guard:
    """Require this value of a string."""
    return Guard((value, "GET", key))


def field_is(key: str, field: str, value: str) -> Guard:
    """Require this value of a hash's field."""
    return Guard((value, "HGET", key, field))


def exists(key: str) -> Guard:
    """Require that the key exists, of any type."""
    return Guard(("1", "EXISTS", key))


def absent(key: str) -> Guard:
    """Require that the key does not exist."""
    return Guard(("0", "EXISTS", key))


def hset(key: str, fields: Mapping[str, str]) -> Write:
    """Set fields of a hash: at least one."""
    return Write(("HSET", key, *_flat(fields)))


def hdel(key: str, field: str) -> Write:
    """Delete one field of a hash."""
    return Write(("HDEL", key, field))


def set_(key: str, value: str, ttl: int | None = None) -> Write:
    """Set a string, for `ttl` seconds or for good."""
    return Write(("SET", key, value, *(() if ttl is None else ("EX", _seconds(ttl)))))


def delete(key: str) -> Write:
    """Delete a key of any type."""
    return Write(("DEL", key))


def zadd(key: str, score: float, member: str) -> Write:
    """Add a member to a sorted set, or move it."""
    if math.isnan(score):
        raise ValueError("a score is a number")
    return Write(("ZADD", key, str(float(score)), member))


def zrem(key: str, member: str) -> Write:
    """Remove a member from a sorted set."""
    return Write(("ZREM", key, member))


def xadd(stream: str, fields: Mapping[str, str]) -> Write:
    """Append an item to a stream, with at least one field."""
    return Write(("XADD", stream, "*", *_flat(fields)))


def xtrim(stream: str, first: int) -> Write:
    """Remove the items of a stream before the one with that number."""
    return Write(("XTRIM", stream, "MINID", f"{first}-0"))


def expire(key: str, ttl: int) -> Write:
    """Let a key of any type expire in `ttl` seconds."""
    return Write(("EXPIRE", key, _seconds(ttl)))


def persist(key: str) -> Write:
    """Keep a key of any type from expiring."""
    return Write(("PERSIST", key))


def _flat(fields: Mapping[str, str]) -> tuple[str, ...]:
    if not 0 < len(fields) <= MAX_FIELDS:
        raise ValueError(f"a write has 1 to {MAX_FIELDS} fields")
    return tuple(part for pair in fields.items() for part in pair)


def _seconds(ttl: int) -> str:
    if not 0 < ttl <= MAX_TTL:
        raise ValueError("a time to live is a positive number of seconds")
    return str(ttl)
