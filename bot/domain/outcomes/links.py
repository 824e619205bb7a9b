"""Outcomes of collecting credentials."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from bot.domain.pending import PendingCredentials


@dataclass(frozen=True)
class LinkReady:
    """The credentials wait behind a one-time link; the key is disabled until it is opened."""

    kind: ClassVar[str] = "link_ready"
    pending: PendingCredentials
    expires_at: datetime
    url: str = field(repr=False)


@dataclass(frozen=True)
class NothingToClaim:
    """No credentials wait for the asker."""

    kind: ClassVar[str] = "nothing_to_claim"


@dataclass(frozen=True)
class WhichPending:
    """Several credentials wait for the asker."""

    kind: ClassVar[str] = "which_claim"
    pending: tuple[PendingCredentials, ...]


@dataclass(frozen=True)
class SecretWithheld:
    """Cloudinary does not show the key's secret again, so no link can be made."""

    kind: ClassVar[str] = "secret_withheld"
    pending: PendingCredentials


LinkOutcome = LinkReady | NothingToClaim | WhichPending | SecretWithheld
