"""Outcomes of collecting pending credentials."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.live_links import LiveLink
from bot.domain.pages import Page
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
    """The person has several pending credentials; `passphrase` where they want to add one."""

    kind = "which_claim"
    pending: tuple[PendingCredentials, ...]
    passphrase: bool = False


@dataclass(frozen=True)
class SecretWithheld:
    """Cloudinary does not return the key's secret again; `offers` where they may create keys."""

    kind = "secret_withheld"
    pending: PendingCredentials
    offers: bool = False


@dataclass(frozen=True)
class PassphraseNeeded:
    """The person adds a passphrase to the links of these credentials; a form asks for it."""

    kind = "passphrase_needed"
    pending: PendingCredentials


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


@dataclass(frozen=True)
class LinksListed:
    """A page of the live links that the person may see: their own, or everybody's."""

    kind = "links_listed"
    page: Page[LiveLink]
    everybody: bool = False


@dataclass(frozen=True)
class LinkRevoked:
    """The link has ended; its key stays disabled, and its owner may get a new one."""

    kind = "link_revoked"
    pending: PendingCredentials
    own: bool = True


@dataclass(frozen=True)
class NoLiveLink:
    """No link to this key is live that the person may end; nothing changed."""

    kind = "no_live_link"
    key: str


@dataclass(frozen=True)
class WhichLink:
    """Several live links are to keys of this name, of the person or of everybody."""

    kind = "which_link"
    links: tuple[LiveLink, ...]
    everybody: bool = False


LiveLinkOutcome = LinksListed | LinkRevoked | NoLiveLink | WhichLink
Collecting = (
    ClaimRefused
    | LinkReady
    | NothingToClaim
    | NotReady
    | PassphraseKept
    | PassphraseNeeded
    | WhichPending
    | SecretWithheld
)
LinkOutcome = Collecting | LiveLinkOutcome
