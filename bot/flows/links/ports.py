"""What the links need of the world, beyond `bot.flows.ports`."""

from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.keys import Credentials, Key
from bot.domain.links import Link, SealedBundle
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor


class Enabler(Protocol):
    """Makes a key work, or not. May raise `CloudinaryError`."""

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; safe to repeat."""
        ...


class Seal(Protocol):
    """Seals credentials under a fresh key."""

    def __call__(self, credentials: Credentials, pending: PendingCredentials) -> SealedBundle:
        """Seal; the key leaves with the link and is kept nowhere."""
        ...


class HashProof(Protocol):
    """Hashes what a visitor proves the link's key with."""

    def __call__(self, proof: str) -> str:
        """What is kept of a proof."""
        ...


class Access(Protocol):
    """Asked again when the link is opened. May raise `KeysmithError`."""

    async def name_of(self, actor: Actor) -> str | None:
        """A member's name; None for who is none, or no longer."""
        ...

    async def may_still_claim(self, pending: PendingCredentials) -> bool:
        """Whether the owner is still who they were, and may still have it."""
        ...


class LinkStore(Protocol):
    """Links and claims. Every verb is one atomic step; all may raise `StoreError`."""

    async def put(
        self, bundle: SealedBundle, pending: PendingCredentials, at: datetime, entry: Entry
    ) -> bool:
        """Keep a new link, ending the claim's former one; False where it is claimed already."""
        ...

    async def find(self, link_id: str) -> Link | None:
        """Look a link up."""
        ...

    async def pending(self, pending_id: str) -> PendingCredentials | None:
        """Look a claim up."""
        ...

    async def start(self, link: Link, at: datetime, entry: Entry) -> bool:
        """SEALED → OPENING; one wins."""
        ...

    async def release(self, link: Link, entry: Entry) -> bool:
        """OPENING → SEALED, where it is still this very opening."""
        ...

    async def seize(self, link: Link, at: datetime, entry: Entry) -> bool:
        """Take an opening over from a process that died: it can't take the ciphertext now."""
        ...

    async def forget(self, link: Link) -> None:
        """Look for this opening no more."""
        ...

    async def take(
        self, link: Link, pending: PendingCredentials, at: datetime, entry: Entry
    ) -> str | None:
        """OPENING → OPENED, with the ciphertext; None where it is no longer there."""
        ...

    async def again(self, link: Link, entry: Entry) -> str | None:
        """Give the ciphertext of an OPENED link once more, while it is there."""
        ...

    async def half_open(self, before: datetime) -> list[Link]:
        """Links that have been OPENING since before then."""
        ...
