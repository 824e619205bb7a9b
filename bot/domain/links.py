"""A one-time link's life, and what a visitor may learn of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LinkState(StrEnum):
    """One table: SEALED → OPENING → OPENED; OPENING → SEALED when enabling fails."""

    SEALED = "sealed"
    OPENING = "opening"
    OPENED = "opened"


TRANSITIONS = {
    LinkState.SEALED: frozenset({LinkState.OPENING}),
    LinkState.OPENING: frozenset({LinkState.OPENED, LinkState.SEALED}),
    LinkState.OPENED: frozenset[LinkState](),
}


@dataclass(frozen=True)
class Link:
    """What the server knows of a link: never its key, so never what it holds."""

    id: str
    claim_id: str
    state: LinkState
    opened_at: datetime | None = None


@dataclass(frozen=True)
class Made:
    """A new link; its URL holds the key to what it seals, so it never prints."""

    expires_at: datetime
    fingerprint: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class Revealed:
    """The ciphertext, given once; base64."""

    sealed: str


@dataclass(frozen=True)
class AlreadyOpened:
    """A second visit learns when the first was."""

    at: datetime


@dataclass(frozen=True)
class BeingOpened:
    """Somebody pressed a moment ago; the answer is not known yet."""


@dataclass(frozen=True)
class Gone:
    """Expired, replaced or never there: the same answer, so that it betrays no id."""


@dataclass(frozen=True)
class NotEnabled:
    """Cloudinary did not enable the key, so the link stays unopened."""

    error_id: str


Reveal = Revealed | AlreadyOpened | BeingOpened | Gone | NotEnabled
