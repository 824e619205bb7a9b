"""What links need from outside, beyond `bot.flows.ports`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Key
from bot.domain.links import Link, Made, Opener, Reveal, SealedBundle
from bot.domain.live_links import LiveLink
from bot.domain.outcomes.requests import (
    NoSuchRequest,
    RequestShown,
    RequestsListed,
    WhichRequest,
)
from bot.domain.passphrases import Lock
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, Person
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Told
from bot.domain.secret import Secret
from bot.flows.ports import Enabler

Seal = Callable[[Credentials, Pending], SealedBundle]
"""Seals credentials under a fresh key, which leaves with the link and is stored nowhere.

It seals them under their passphrase too, if they have one; without it, it raises `KeysmithError`.
"""
HashProof = Callable[[Secret], str]
"""Hashes a proof; only the hash is stored."""


class KeySwitch(Enabler, Protocol):
    """Enables keys, and knows those beside them. May raise `CloudinaryError`."""

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""


class Names(Protocol):
    """Names the owners of links. May raise `KeysmithError`."""

    async def name_of(self, actor: Actor) -> str | None:
        """A member's name; None for an actor who is no member, or no longer one."""


class Access(Names, Protocol):
    """Reads the owner again when a link is opened. May raise `KeysmithError`."""

    async def may_still_claim(self, pending: Pending) -> bool:
        """Whether the owner is still a member and may still have these credentials."""


class Underway(Access, Protocol):
    """Also knows of credentials that are being created. May raise `KeysmithError`."""

    async def underway(self, owner: Actor, request_id: str) -> Request | None:
        """The request whose credentials are being created for this owner, if it is one."""


class ShownRequests(Protocol):
    """Requests, as far as a person may see them. May raise `KeysmithError`."""

    async def listed(
        self, person: Person, which: str | None
    ) -> RequestsListed | RequestShown | WhichRequest | NoSuchRequest:
        """Read one list, or the request with that id."""

    async def some(self, person: Person, which: str) -> RequestsListed:
        """Read one list."""


class LinkMaker(Protocol):
    """Creates one-time links."""

    async def make(
        self, pending: Pending, credentials: Credentials, at_most: timedelta | None = None
    ) -> Made | None:
        """Replace the former link by a new one; None if the credentials are claimed already.

        It lives for the usual time, and for `at_most` where that is less.
        """


class LinkStore(Protocol):
    """Links and pending credentials. Each method is one atomic step and may raise `StoreError`."""

    async def put(
        self,
        bundle: SealedBundle,
        pending: Pending,
        at: datetime,
        entry: Entry,
        at_most: timedelta | None = None,
    ) -> bool:
        """Store a new link and end the former one; False if the credentials are claimed already.

        It lives for the usual time, and for `at_most` where that is less.
        """

    async def proven(self, link_id: str, proof_hash: str) -> tuple[Link, Pending | None] | None:
        """Look up a link with this hash, and its credentials.

        A wrong hash costs the same, whatever the id is of.
        """

    async def find(self, link_id: str) -> Link | None:
        """Look a link up."""

    async def pending(self, pending_id: str) -> Pending | None:
        """Look pending credentials up."""

    async def miss(
        self, link: Link, lock: Lock, at: datetime, entry: Entry, told: Told = ()
    ) -> bool:
        """Store a wrong passphrase of a SEALED link, which is SHUT where no try is left.

        False where the link is another by now. `told` is queued in the same step.
        """

    async def start(
        self, link: Link, at: datetime, entry: Entry, opener: Opener | None = None
    ) -> bool:
        """SEALED → OPENING; True for one process only.

        With an `opener`, a worker goes on: it finds the link in its queue, and who opens it.
        """

    async def release(self, link: Link, entry: Entry) -> bool:
        """OPENING → SEALED, if the opening is still this one; with how it `ended`."""

    async def seize(self, link: Link, at: datetime, entry: Entry) -> bool:
        """Take over the opening of a dead process, which can no longer take the ciphertext."""

    async def forget(self, link: Link) -> None:
        """Remove this opening from the half-open ones."""

    async def take(
        self, link: Link, pending: Pending, at: datetime, entry: Entry, told: Told = ()
    ) -> str | None:
        """OPENING → OPENED, with the ciphertext; None if it is no longer there.

        `told` is queued in the same step.
        """

    async def again(self, link: Link, entry: Entry) -> str | None:
        """The ciphertext of an OPENED link once more, while it is there."""

    async def half_open(self, before: datetime) -> list[Link]:
        """Links that have been OPENING since before that time."""


class LiveLinks(Protocol):
    """The links that can still be opened, or are being opened. May raise `StoreError`."""

    async def turn(self) -> bool:
        """Whether it is this process's turn to look at some of them."""

    async def every(self, now: datetime) -> list[LiveLink]:
        """All of them, the one that ends first before the others."""

    async def among(self, pending_ids: Sequence[str], now: datetime) -> list[LiveLink]:
        """Those to these credentials, in their order."""

    async def end(self, live: LiveLink, at: datetime, entry: Entry, told: Told) -> bool:
        """End one, in one step with what is told of it; False if it is not live any more."""


class LinkRules(Protocol):
    """What the policy says about how long links may live."""

    @property
    def says_link_ttl(self) -> bool:
        """Whether any rule says it."""

    def link_ttl(self, environment: Environment) -> timedelta | None:
        """How long a link to a key there may live at most; None where the rules leave it open."""


class Opening(Protocol):
    """Opens links whose press is proven. May raise `KeysmithError`, or `TimeoutError`."""

    async def open(
        self, link: Link, pending: Pending, opener: Opener, is_there: Callable[[], bool]
    ) -> Reveal | None:
        """Open a SEALED link, while the browser waits; None where another press began to."""
