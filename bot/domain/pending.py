"""Pending credentials: a created, disabled key whose owner has not opened its link yet."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.fingerprints import fingerprint_of
from bot.domain.key_records import Happened, KeyEvent, Line
from bot.domain.people import Actor
from bot.domain.requests.machine import Request


class PendingState(StrEnum):
    """WAITING until the owner opens the link, or a person disables the key."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    REVOKED = "revoked"


@dataclass(frozen=True)
class PendingCredentials:
    """One key for one person; `id` is the job that created it."""

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
    """The fingerprint of the approved terms, if there was a request."""
    role: str = ""
    """The name of the role that the key was given; empty on an account without roles."""
    useless: bool = False
    """Whether that role allows a key nothing."""
    passphrase: str = field(default="", repr=False)
    """What the passphrase of its links became, sealed; empty without one."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the terms: on the card, in the audit log, on the page."""
        own = (self.id, str(self.owner), self.environment_id, self.api_key, self.name)
        return self.approved or fingerprint_of(*own)


@dataclass(frozen=True)
class OwnKey:
    """For whom a key was created; its owner may disable it for as long as it exists.

    `also` are its co-owners: they are told what the owner is told, and have no right of the owner.
    """

    owner: Actor
    environment_id: str
    api_key: str
    also: tuple[Actor, ...] = ()

    @property
    def holders(self) -> tuple[Actor, ...]:
        """Owner and co-owners."""
        return self.owner, *self.also


MOST_CO_OWNERS: Final = 5
"""Co-owners of one key."""


def held(owned: Mapping[str, OwnKey], gone: Collection[Actor]) -> set[str]:
    """Return the API keys with an owner or a co-owner who has not left."""
    return {api_key for api_key, own in owned.items() if not {*own.holders} <= {*gone}}


def owned(actor: Actor, stored: Iterable[OwnKey], requests: Iterable[Request]) -> dict[str, str]:
    """Return the API keys that were created for this person, each with its environment's id."""
    ids = {it.made: it.terms.environment_id for it in requests if it.terms.owner == actor}
    ids |= {it.api_key: it.environment_id for it in stored if it.owner == actor}
    return {api_key: place for api_key, place in ids.items() if api_key}


def collected_at(pending: PendingCredentials, at: datetime) -> KeyEvent:
    """The owner opened their link, and the key works."""
    line = Line(at, Happened.COLLECTED, pending.owner)
    return KeyEvent(pending.api_key, line, enabled=True, claimed=True)
