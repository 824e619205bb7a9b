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
class SealedBundle:
    """A new link's ciphertext, and what follows from its key: the key itself goes into the URL."""

    link_id: str
    ciphertext: str
    proof_hash: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Link:
    """What the server knows of a link: never its key, so never what it holds.

    `there` says that the ciphertext has not expired; `visit` is the hash of what tells the page
    that opened it from others.
    """

    id: str
    pending_id: str
    environment_id: str
    api_key: str
    proof_hash: str
    state: LinkState
    since: datetime
    there: bool
    visit: str = ""


@dataclass(frozen=True)
class Made:
    """A new link; its URL holds the key to what it seals, so it never prints."""

    expires_at: datetime
    fingerprint: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class Waiting:
    """The link can be opened."""


@dataclass(frozen=True)
class Revealed:
    """The ciphertext, given once; base64."""

    sealed: str
    fingerprint: str


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
class NoLongerAllowed:
    """The one it was made for may not have it any more."""


@dataclass(frozen=True)
class Addressed:
    """Whose credentials a link holds, and which: told to who holds the whole link."""

    owner: str
    name: str
    environment: str
    fingerprint: str


Sight = Waiting | AlreadyOpened | Gone
Whose = Addressed | AlreadyOpened | BeingOpened | Gone | NoLongerAllowed
Reveal = Revealed | AlreadyOpened | BeingOpened | Gone | NoLongerAllowed
