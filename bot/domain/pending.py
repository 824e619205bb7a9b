"""A claim: credentials that wait, disabled, for the one person who asked for them."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.people import Actor


class PendingState(StrEnum):
    """WAITING until its owner reveals the credentials, or somebody disables the key."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    REVOKED = "revoked"


@dataclass(frozen=True)
class PendingCredentials:
    """One key made for one person; `id` is the job that made it."""

    id: str
    owner: Actor
    environment_id: str
    environment_name: str
    cloud_name: str
    api_key: str
    name: str
    made_at: datetime
    state: PendingState = PendingState.WAITING
    approved: str = ""
    """The fingerprint of the terms that others agreed to, where they had to."""

    @property
    def fingerprint(self) -> str:
        """Eight hex digits of the frozen terms: on the card, in the record, on the page."""
        if self.approved:
            return self.approved
        terms = json.dumps(
            [self.id, str(self.owner), self.environment_id, self.api_key, self.name],
            ensure_ascii=True,
        )
        digest = hashlib.sha256(terms.encode()).hexdigest()
        return f"{digest[:4]}-{digest[4:8]}"
