"""Outcomes of collecting pending credentials."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.secret import Secret


@dataclass(frozen=True)
class LinkReady:
    """A one-time link to the credentials; the key is disabled until it is opened."""

    kind = "link_ready"
    pending: PendingCredentials
    expires_at: datetime
    url: Secret


@dataclass(frozen=True)
class NothingToClaim:
    """The person has no pending credentials; `offers` where they may look at keys.

    `request` is what they probably mean: their own, or one whose credentials are for the `owner`.
    """

    kind = "nothing_to_claim"
    offers: bool = False
    request: Request | None = None
    owner: Actor | None = None


@dataclass(frozen=True)
class WhichPending:
    """The person has several pending credentials."""

    kind = "which_claim"
    pending: tuple[PendingCredentials, ...]


@dataclass(frozen=True)
class SecretWithheld:
    """Cloudinary does not return the key's secret again; `offers` where they may create keys."""

    kind = "secret_withheld"
    pending: PendingCredentials
    offers: bool = False


@dataclass(frozen=True)
class PassphraseKept:
    """The credentials have a passphrase already, which nothing replaces."""

    kind = "passphrase_kept"
    pending: PendingCredentials


@dataclass(frozen=True)
class ClaimRefused:
    """The person may no longer have the credentials that wait for them."""

    kind = "claim_refused"
    pending: PendingCredentials


@dataclass(frozen=True)
class NotReady:
    """The key of this request is still being created; nothing changed."""

    kind = "not_ready"
    request: Request


LinkOutcome = (
    ClaimRefused
    | LinkReady
    | NothingToClaim
    | NotReady
    | PassphraseKept
    | WhichPending
    | SecretWithheld
)
