"""The audit log: a keyed hash chain of entries, which an export alone can prove.

Each record's MAC covers the MAC before it and its own body, so that a record can't be altered,
dropped, inserted or moved without the key.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Self

from bot.domain.people import Actor

GENESIS = "0" * 64
"""The MAC that the first record follows."""


class AuditEvent(StrEnum):
    """What an audit entry reports."""

    ASKED = "asked"
    REFUSED = "refused"
    ANSWERED = "answered"
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    LINKED = "linked"
    REVEALED = "revealed"
    RELEASED = "released"
    REQUESTED = "requested"
    DECIDED = "decided"
    MOVED = "moved"
    ROLLED_OVER = "rolled_over"
    BOUND = "bound"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Entry:
    """One audit entry. `target` holds ids and names, `detail` a reason or a rule: no secrets.

    `cloudinary_id` and `role` are the actor's at that moment; empty where the entry has no actor,
    or was written before the actor was identified.
    """

    at: datetime
    event: AuditEvent
    action: str
    actor: Actor | None = None
    job: str = ""
    target: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    cloudinary_id: str = ""
    role: str = ""

    def body(self) -> str:
        """Return the canonical JSON that the MAC covers."""
        return canonical(
            {
                "at": self.at.isoformat(),
                "deed": self.event,
                "action": self.action,
                "actor": str(self.actor) if self.actor else "",
                "cloudinary": self.cloudinary_id,
                "role": self.role,
                "errand": self.job,
                "target": dict(self.target),
                "detail": self.detail,
            }
        )

    @classmethod
    def read(cls, body: str) -> Self:
        """Read what `body` wrote. Raises `ValueError` or `KeyError` for another text."""
        found = json.loads(body)
        return cls(
            at=datetime.fromisoformat(found["at"]),
            event=AuditEvent(found["deed"]),
            action=found["action"],
            actor=Actor.parse(found["actor"]) if found["actor"] else None,
            job=found["errand"],
            target=found["target"],
            detail=found["detail"],
            cloudinary_id=found.get("cloudinary", ""),
            role=found.get("role", ""),
        )


def canonical(document: object) -> str:
    """Write JSON so that equal documents have equal bytes."""
    return json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True)
class ChainKey:
    """A key of the chain."""

    secret: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """The public name of the key: the first 8 hex digits of a hash."""
        return hashlib.sha256(b"keysmith audit " + self.secret).hexdigest()[:8]

    def mac(self, *parts: str) -> str:
        """Return the HMAC-SHA256 of the parts, in hex; JSON keeps the parts apart."""
        return hmac.new(self.secret, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Record:
    """An entry in the chain; `seq` counts from 1."""

    seq: int
    body: str
    key_id: str
    mac: str


def chain(seq: int, previous: str, body: str, key: ChainKey) -> Record:
    """Return the record that follows the one with the MAC `previous`."""
    return Record(seq, body, key.id, key.mac(str(seq), previous, key.id, body))


@dataclass(frozen=True)
class Head:
    """The end of the chain."""

    seq: int = 0
    mac: str = GENESIS
