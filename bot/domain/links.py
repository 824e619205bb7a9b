"""One-time links: their states, and what a visitor may learn."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from bot.domain.passphrases import Lock
from bot.domain.people import Actor
from bot.domain.secret import Secret
from bot.domain.visitors import Browser

FREE_STARTS: Final = 10
"""Openings of a link that may fail at once; each asks Slack and Cloudinary."""
PAUSE: Final = timedelta(seconds=10)
"""Between the beginnings of two more."""


class LinkState(StrEnum):
    """SEALED → OPENING → OPENED; back from OPENING to SEALED if the key can't be enabled.

    SEALED → SHUT where too many wrong passphrases ended it.
    """

    SEALED = "sealed"
    OPENING = "opening"
    OPENED = "opened"
    SHUT = "shut"


class Ended(StrEnum):
    """How a worker ended an opening, for the page that waits in another process."""

    OPENED = "opened"
    SIGNS = "signs"
    NOT_SIGNED_IN = "not_signed_in"
    NOT_ALLOWED = "not_allowed"
    MOVES_SIGNER = "moves_signer"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True)
class Opener:
    """Who opens a link: the person, where visitors sign in, the browser, and its page.

    `visit` is the hash of a value that only the page knows.
    """

    person: Actor | None
    browser: Browser
    visit: str = field(default="", repr=False)


@dataclass(frozen=True)
class SealedBundle:
    """A new link's ciphertext, the hash of its proof, and the fragment key for its URL."""

    link_id: str
    ciphertext: str
    proof_hash: str
    key: Secret
    lock: Lock | None = None


@dataclass(frozen=True)
class Link:
    """A link as the server knows it: without the fragment key, so without the credentials.

    `there` is whether the ciphertext still exists, `left` for how many seconds; `visit` is the hash
    of a value that only the page that opened the link knows. `ends` is None in records of a former
    version, whose ciphertext expires all the same. `opener` and `ended` are of an opening that a
    process without the account key has a worker do.
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
    ends: datetime | None = None
    left: int = field(default=-1, compare=False)
    lock: Lock | None = None
    """Its passphrase, if it has one."""
    opener: Opener | None = None
    ended: Ended = Ended.FAILED
    starts: int = field(default=0, compare=False)
    """How many openings have begun."""
    read: object = field(default=None, compare=False, repr=False)
    """What its store read of it and beside it, for the store alone: it need not read it again."""

    def over(self, now: datetime) -> bool:
        """Whether the link has expired, however long its ciphertext is kept."""
        return self.ends is not None and now >= self.ends

    def rests(self, now: datetime) -> bool:
        """Whether another opening has to wait: so many have failed."""
        return self.starts >= FREE_STARTS and now < self.since + PAUSE


@dataclass(frozen=True)
class Made:
    """A new link; its URL has the fragment key."""

    expires_at: datetime
    fingerprint: str
    url: Secret


LANGUAGE: Final = "lang"
"""The query parameter of a link's URL that says in which language its page is."""


def in_language(url: Secret, locale: str) -> Secret:
    """Have the page of a link speak as its owner's Slack does.

    The URL says so itself: a page that looked it up would tell a stranger that the link exists.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    if not (language.isascii() and language.isalpha()):
        return url
    path, _, key = url.show().partition("#")
    return Secret(f"{path}?{LANGUAGE}={language}#{key}")


@dataclass(frozen=True)
class Revealed:
    """The ciphertext in base64, released once; `signs` if no other key signed webhooks before."""

    sealed: str
    fingerprint: str
    signs: bool = False


@dataclass(frozen=True)
class AlreadyOpened:
    """The link was opened, at this time."""

    at: datetime


@dataclass(frozen=True)
class BeingOpened:
    """Another press is being answered."""


@dataclass(frozen=True)
class Gone:
    """Expired, replaced or unknown: one answer for all, so that it confirms no id.

    `proven` is whether the visitor has the link's proof, for the counts of visits alone.
    """

    proven: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class NoLongerAllowed:
    """The owner may not have the credentials any more."""


@dataclass(frozen=True)
class MovesSigner:
    """The key is older than the webhook signer, and would sign in its place once it is enabled."""


@dataclass(frozen=True)
class Addressed:
    """The owner and the key of a link, for a visitor who has the whole link."""

    owner: str
    name: str
    environment: str
    fingerprint: str
    role: str = ""
    signs_in: bool = False
    """Whether the visitor has to sign in with Slack first."""
    lock: Lock | None = None
    """The passphrase that the link asks for."""


@dataclass(frozen=True)
class SignInFirst:
    """Only its owner may open the link, and they are not signed in."""


@dataclass(frozen=True)
class WrongPassphrase:
    """The link needs its passphrase, and this is another one, or none; so many tries are left."""

    left: int


@dataclass(frozen=True)
class Shut:
    """Too many wrong passphrases ended the link, at this time."""

    at: datetime


NotNow = AlreadyOpened | BeingOpened | Gone | Shut
Whose = Addressed | NotNow | NoLongerAllowed
Reveal = Revealed | NotNow | NoLongerAllowed | MovesSigner | SignInFirst | WrongPassphrase


def not_now(link: Link | None) -> NotNow:
    """Say why a link can't be opened."""
    if link is None:
        return Gone()
    match link.state:
        case LinkState.OPENED:
            return AlreadyOpened(link.since)
        case LinkState.OPENING:
            return BeingOpened()
        case LinkState.SHUT:
            return Shut(link.since)
        case LinkState.SEALED:  # expired, or without its pending credentials
            return Gone(proven=True)
        case _:
            assert_never(link.state)
