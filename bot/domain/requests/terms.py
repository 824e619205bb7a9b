"""What a request asks for, who asks, and what approvers are shown beside it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.people import Actor
from bot.domain.policy import Action


@dataclass(frozen=True)
class Terms:
    """What is asked for, frozen: any change of it makes another request.

    `command` is the canonical text of what will be done, `key` the access key that it is done
    to (empty where one is made), `lasts` how long the granted access is to last.
    """

    action: Action
    command: str
    environment_id: str
    environment_name: str
    cloud_name: str
    tier: str
    key: str
    name: str
    requester: Actor
    owner: Actor
    reason: str = ""
    lasts: timedelta | None = None

    @property
    def fingerprint(self) -> str:
        """Eight hex digits of the terms: on the card, in the record, on the reveal page."""
        lasts = self.lasts.total_seconds() if self.lasts else None
        parts = [
            *(self.action, self.command, self.environment_id, self.environment_name),
            *(self.cloud_name, self.tier, self.key, self.name),
            *(str(self.requester), str(self.owner), self.reason, lasts),
        ]
        digest = hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
        return f"{digest[:4]}-{digest[4:8]}"


@dataclass(frozen=True)
class Asker:
    """Who asks, as Slack and Cloudinary knew them then."""

    name: str
    email: str
    role: str
    cloudinary_id: str = ""
    owner_id: str = ""
    """The Cloudinary user of whoever is to have the credentials."""


@dataclass(frozen=True)
class Evidence:
    """What approvers are shown beside the terms, as it was when the request was opened.

    `approvers` are names of those who could agree; `siblings` counts the enabled keys of the
    environment; `before` the requester's requests in the last ninety days, `granted` those of them
    that others agreed to.
    """

    approvers: tuple[str, ...] = ()
    siblings: int = 0
    created_at: datetime | None = None
    enabled: bool | None = None
    last: str = ""
    before: int = 0
    granted: int = 0


class Waiver(StrEnum):
    """Why nobody had to agree before it was done."""

    AT_ONCE = "at_once"
    BUDGET = "budget"
    EMERGENCY = "emergency"
